using System.Globalization;
using Ratchet.RagService.Index;
using Ratchet.RagService.Ports;
using Ratchet.TestKit;

namespace Ratchet.RagService.Tests.Index;

public sealed class KeywordIndexTests
{
    // The reference numbers are written with 12 digits.
    private const double Relative = 1e-9;

    [Fact]
    [Trait("Category", "Golden")]
    public void Scores_and_order_are_those_of_bm25s()
    {
        Reference reference = Golden.Read<Reference>("retrieval/bm25.json");
        using var index = new KeywordIndex(reference.K1, reference.B);
        for (int i = 0; i < reference.Documents.Count; i++)
        {
            index.Upsert(Name(i), Labels(Name(i)), reference.Documents[i]);
        }

        foreach (Query query in reference.Queries)
        {
            IReadOnlyList<KeywordMatch> found = index.Search(query.Tokens, reference.Documents.Count, ChunkFilter.None);

            Assert.Equal(query.LuceneTop10.Select(Name), found.Take(10).Select(match => match.ChunkId));
            Assert.Equal(query.Lucene.Count, found.Count);
            var scores = found.ToDictionary(match => match.ChunkId, match => match.Score);
            foreach (double[] pair in query.Lucene)
            {
                GoldenNumber.Near("retrieval/bm25.json", pair[1], scores[Name((int)pair[0])], 0, Relative, "a score");
            }
        }
    }

    [Fact]
    [Trait("Category", "Golden")]
    public void Okapi_scores_are_those_of_rank_bm25()
    {
        Reference reference = Golden.Read<Reference>("retrieval/bm25.json");
        using var index = new KeywordIndex(reference.K1, reference.B, KeywordScoring.Okapi);
        for (int i = 0; i < reference.Documents.Count; i++)
        {
            index.Upsert(Name(i), Labels(Name(i)), reference.Documents[i]);
        }

        foreach (Query query in reference.Queries)
        {
            var scores = index.Search(query.Tokens, reference.Documents.Count, ChunkFilter.None)
                .Where(match => match.Score != 0).ToDictionary(match => match.ChunkId, match => match.Score);
            Assert.Equal(query.Okapi.Count, scores.Count);
            foreach (double[] pair in query.Okapi)
            {
                GoldenNumber.Near("retrieval/bm25.json", pair[1], scores[Name((int)pair[0])], 0, Relative, "an Okapi score");
            }
        }
    }

    [Fact]
    public void An_index_that_lost_documents_scores_as_one_that_never_had_them()
    {
        using var changed = new KeywordIndex();
        using var fresh = new KeywordIndex();
        for (int i = 0; i < 40; i++)
        {
            List<string> tokens = SearchTokens.Of($"item {i} costs {i % 7} coins and weighs {i % 5} stones");
            changed.Upsert(Name(i), Labels(Name(i)), tokens);
            if (i % 3 == 0)
            {
                fresh.Upsert(Name(i), Labels(Name(i)), tokens);
            }
        }

        for (int i = 0; i < 40; i++)
        {
            if (i % 3 != 0)
            {
                changed.RemoveDocument(Name(i));
            }
        }

        List<string> query = SearchTokens.Of("which item weighs 3 stones and costs 6 coins");
        Assert.Equal(
            fresh.Search(query, 40, ChunkFilter.None).Select(match => (match.ChunkId, match.Score)),
            changed.Search(query, 40, ChunkFilter.None).Select(match => (match.ChunkId, match.Score)));
    }

    [Fact]
    public void A_chunk_with_a_known_id_replaces_the_old_one()
    {
        using var index = new KeywordIndex();
        index.Upsert("a", Labels("d"), ["east"]);
        index.Upsert("a", Labels("d"), ["west"]);

        Assert.Empty(index.Search(["east"], 9, ChunkFilter.None));
        Assert.Single(index.Search(["west"], 9, ChunkFilter.None));
    }

    [Fact]
    public void Coverage_says_how_much_of_the_question_a_chunk_holds()
    {
        using var index = new KeywordIndex();
        index.Upsert("a", Labels("d"), ["opening", "hours", "the"]);
        index.Upsert("b", Labels("e"), ["the", "fee"]);

        KeywordMatch all = index.Search(["opening", "hours"], 1, ChunkFilter.None)[0];
        KeywordMatch little = index.Search(["fee", "zebra", "giraffe"], 1, ChunkFilter.None)[0];

        Assert.Equal(1, all.Coverage, 1e-9);
        Assert.InRange(little.Coverage, 0.3, 0.4);
    }

    internal static ChunkLabels Labels(string documentId, string collection = "default") =>
        new(documentId, collection, new Dictionary<string, string>());

    private static string Name(int i) => i.ToString(CultureInfo.InvariantCulture);

    private sealed record Reference(double K1, double B, List<List<string>> Documents, List<Query> Queries);

    private sealed record Query(List<string> Tokens, List<double[]> Lucene, List<double[]> Okapi, List<int> LuceneTop10);
}
