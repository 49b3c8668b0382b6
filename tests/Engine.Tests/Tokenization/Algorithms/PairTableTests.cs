using Ratchet.Engine.Tokenization.Algorithms;

namespace Ratchet.Engine.Tests.Tokenization.Algorithms;

/// <summary>The table of merges against a dictionary.</summary>
public sealed class PairTableTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 100)]
    [InlineData(1000, 5000)]
    public void It_finds_what_a_dictionary_finds_however_far_it_grew(int capacity, int pairs)
    {
        var random = new Random(pairs);
        var table = new PairTable(capacity);
        var known = new Dictionary<long, (int Rank, int Id)>();
        for (int rank = 0; rank < pairs; rank++)
        {
            // Few symbols, so that pairs come again and take the place of what was said before.
            long pair = PairTable.Pair(random.Next(80), random.Next(80));
            int id = random.Next();
            table.Set(pair, rank, id);
            known[pair] = (rank, id);
        }

        Assert.Equal(known.Count, table.Count);
        Assert.Equal(known.Values.Select(value => value.Id).Order(), table.Results.Order());
        for (int left = 0; left < 81; left++)
        {
            for (int right = 0; right < 81; right++)
            {
                bool isKnown = known.TryGetValue(PairTable.Pair(left, right), out (int Rank, int Id) value);
                Assert.Equal(isKnown, table.TryFind(PairTable.Pair(left, right), out int rank, out int id));
                Assert.Equal(isKnown ? value : (int.MaxValue, -1), (rank, id));
            }
        }
    }

    [Fact]
    public void Symbols_beyond_a_vocabulary_are_pairs_like_others()
    {
        var table = new PairTable(1);
        table.Set(PairTable.Pair(int.MaxValue, 0), 3, 4);

        Assert.True(table.TryFind(PairTable.Pair(int.MaxValue, 0), out int rank, out int id));
        Assert.Equal((3, 4), (rank, id));
        Assert.False(table.TryFind(PairTable.Pair(0, int.MaxValue), out _, out _));
        Assert.False(table.TryFind(0, out _, out _));
    }
}
