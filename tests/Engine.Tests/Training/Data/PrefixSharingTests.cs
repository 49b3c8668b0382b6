using Ratchet.Engine.Training.Data;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Training.Data;

/// <summary>Samples laid out as trees: what each row predicts, and after which tokens (F142).</summary>
public sealed class PrefixSharingTests
{
    [Fact]
    public void A_beginning_that_samples_share_stands_once_and_what_nothing_is_learnt_from_nowhere()
    {
        TrainingSample[] samples =
        [
            Sample([1, 2, 3, 4, 5, 30, 31, 32], 6),
            Sample([1, 2, 3, 4, 5, 20, 21, 22, 23], 7, 8),
            Sample([1, 2, 3, 4, 5, 30, 40, 41], 7),
        ];

        SharedRow row = Assert.Single(PrefixSharing.LayOut(samples, 512, 512));

        // 30 stands twice: one token is not worth a segment.
        Assert.Equal([1, 2, 3, 4, 5, 20, 21, 22, 30, 30, 40], row.Ids);
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7, 5, 5, 6], row.Positions);
        Assert.Equal([5, 3, 1, 2], row.RowCounts);
        Assert.Equal([-1, 0, 0, 0], row.Parents);
        Assert.Equal([new SharedTarget(6, 22, 1), new SharedTarget(7, 23, 1), new SharedTarget(8, 31, 1), new SharedTarget(10, 41, 1)], row.Targets);
    }

    [Fact]
    public void A_target_that_samples_share_counts_for_each()
    {
        TrainingSample[] samples = [Sample([7, 8, 9, 10, 11, 12], 1, 5), Sample([7, 8, 9, 10, 11, 12], 5), Sample([7, 8, 9, 10, 11, 13], 1, 5)];

        SharedRow row = Assert.Single(PrefixSharing.LayOut(samples, 512, 512));

        Assert.Equal([7, 8, 9, 10, 11], row.Ids);
        Assert.Equal([new SharedTarget(0, 8, 2), new SharedTarget(4, 12, 2), new SharedTarget(4, 13, 1)], row.Targets);
        Assert.Equal(5, row.TargetCount);
    }

    [Fact]
    public void Every_target_of_every_sample_is_predicted_after_the_tokens_before_it() => Claim.Holds(200, (random, _) =>
    {
        TrainingSample[] samples = Samples(random, random.Next(1, 30), vocabulary: random.Next(2, 5), lengthMax: 24);
        int tokensMax = random.Next(1, 80);
        int keysMax = random.Next(1, 200);

        IReadOnlyList<SharedRow> rows = PrefixSharing.LayOut(samples, tokensMax, keysMax);

        var expected = new Dictionary<string, int>();
        foreach (TrainingSample sample in samples)
        {
            for (int i = 1; i < sample.Ids.Length; i++)
            {
                if (sample.Mask[i])
                {
                    Count(expected, sample.Ids[..(i + 1)], 1);
                }
            }
        }

        var actual = new Dictionary<string, int>();
        foreach (SharedRow row in rows)
        {
            int[][] seen = Seen(row);
            foreach (SharedTarget target in row.Targets)
            {
                Count(actual, [.. seen[target.Row], target.Id], target.Count);
            }

            bool isAlone = row.Parents.Count(parent => parent < 0) == 1 && row.RowCounts.Length == 1;
            Assert.True(isAlone || (row.TokenCount <= tokensMax && row.Targets.Length <= tokensMax), $"{row.TokenCount} tokens");
            Assert.True(isAlone || seen.Length == 0 || Keys(row) <= keysMax, $"{Keys(row)} keys");
        }

        Assert.Equal(expected.OrderBy(of => of.Key, StringComparer.Ordinal), actual.OrderBy(of => of.Key, StringComparer.Ordinal));
        Assert.True(rows.Sum(row => row.TokenCount) <= samples.Sum(sample => sample.Ids.Length));
    });

    [Fact]
    public void Passes_are_as_few_as_the_limit_allows_and_even()
    {
        TrainingSample[] samples = [.. Enumerable.Range(0, 9).Select(i => Sample([.. Enumerable.Range(10 * i, 11)], 10))];

        IReadOnlyList<SharedRow> rows = PrefixSharing.LayOut(samples, 80, 1000);

        Assert.Equal([50, 40], rows.Select(row => row.TokenCount));
    }

    // The tokens that each row sees, itself last; each segment stands after the one it goes on from.
    private static int[][] Seen(SharedRow row)
    {
        int[][] seen = new int[row.TokenCount][];
        int[] last = new int[row.RowCounts.Length];
        int at = 0;
        for (int i = 0; i < row.RowCounts.Length; i++)
        {
            Assert.InRange(row.Parents[i], -1, i - 1);
            Assert.True(row.RowCounts[i] > 0);
            int[] before = row.Parents[i] < 0 ? [] : seen[last[row.Parents[i]]];
            for (int j = 0; j < row.RowCounts[i]; j++, at++)
            {
                before = seen[at] = [.. before, row.Ids[at]];
                Assert.Equal(before.Length - 1, row.Positions[at]);
            }

            last[i] = at - 1;
        }

        Assert.Equal(row.TokenCount, at);
        return seen;
    }

    private static int Keys(SharedRow row)
    {
        int at = 0;
        return row.RowCounts.Sum(count => row.Positions[(at += count) - 1] + 1);
    }

    private static void Count(Dictionary<string, int> counts, int[] tokens, int by)
    {
        string key = string.Join(' ', tokens);
        counts[key] = counts.GetValueOrDefault(key) + by;
    }

    /// <summary>Samples of few different tokens, so that many begin alike, some end inside others and some are there twice.</summary>
    internal static TrainingSample[] Samples(Random random, int count, int vocabulary, int lengthMax)
    {
        int[] stem = [.. Enumerable.Range(0, lengthMax).Select(_ => random.Next(vocabulary))];
        return
        [
            .. Enumerable.Range(0, count).Select(_ =>
            {
                int length = random.Next(2, lengthMax + 1);
                int kept = random.Next(length + 1);
                int[] ids = [.. Enumerable.Range(0, length).Select(i => i < kept ? stem[i] : random.Next(vocabulary))];
                bool[] mask = [.. Enumerable.Range(0, length).Select(_ => random.Next(3) == 0)];
                mask[random.Next(1, length)] = true;
                return new TrainingSample(ids, mask);
            }),
        ];
    }

    private static TrainingSample Sample(int[] ids, params int[] targets)
        => new(ids, [.. Enumerable.Range(0, ids.Length).Select(i => targets.Contains(i))]);
}
