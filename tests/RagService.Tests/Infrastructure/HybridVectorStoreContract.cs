using Ratchet.RagService.Index;
using Ratchet.RagService.Ports;
using Ratchet.RagService.Tests.Index;

namespace Ratchet.RagService.Tests.Infrastructure;

/// <summary>What a vector store must do that ranks by words too, beside all that any must.</summary>
public abstract class HybridVectorStoreContract : VectorStoreContract
{
    // Values are kept as float32.
    private const double ScoreTolerance = 1e-5;

    private static readonly string[] Texts =
    [
        "lantern opens nine daily", "lantern lantern costs four", "anchor opens ten weekly", "anchor costs five coins",
        "compass needle points north", "opens ten nine eight",
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>An empty store that counts words as if a chunk had so many on the average.</summary>
    /// <param name="averageWords">The average length.</param>
    /// <param name="isFusing">Whether the store fuses too.</param>
    private protected abstract IHybridVectorStore CreateHybrid(int averageWords, bool isFusing = false);

    [Theory]
    [InlineData("lantern opens")]
    [InlineData("opens ten nine ten")]
    [InlineData("anchor costs north")]
    [InlineData("nobody wrote that")]
    public async Task Chunks_of_average_length_score_by_words_as_in_the_index_of_the_service(string question)
    {
        IHybridVectorStore store = CreateHybrid(4);
        using var index = new KeywordIndex();
        foreach (VectorEntry entry in Entries())
        {
            index.Upsert(entry.ChunkId, entry.Labels, SearchTokens.Of(entry.SearchText));
        }

        await store.UpsertAsync(Entries(), Cancellation);

        HybridMatches found = await FindAsync(store, question);

        // Equal scores may come in any order.
        var expected = index.Search(SearchTokens.Of(question), 9, ChunkFilter.None).ToDictionary(match => match.ChunkId, match => match.Score);
        Assert.Equal(expected.Keys.Order(), found.ByWords.Select(match => match.ChunkId).Order());
        Assert.All(found.ByWords, match => Assert.Equal(expected[match.ChunkId], match.Score, ScoreTolerance));
        Assert.Equal(found.ByWords.Select(match => match.Score).OrderDescending(), found.ByWords.Select(match => match.Score));
        Assert.Null(found.Fused);
    }

    [Fact]
    public async Task Longer_chunks_count_a_word_for_less()
    {
        IHybridVectorStore store = CreateHybrid(4);
        await store.UpsertAsync(
            [Entry("long", "lantern and seven words more than that one"), Entry("short", "lantern"), Entry("none", "anchor")], Cancellation);

        HybridMatches found = await FindAsync(store, "lantern");

        double idf = Math.Log(1 + (1.5 / 2.5));
        Assert.Equal(["short", "long"], found.ByWords.Select(match => match.ChunkId));
        Assert.Equal(idf / (1 + (1.2 * (0.25 + (0.75 * 1 / 4)))), found.ByWords[0].Score, ScoreTolerance);
        Assert.Equal(idf / (1 + (1.2 * (0.25 + (0.75 * 8 / 4)))), found.ByWords[1].Score, ScoreTolerance);
    }

    [Fact]
    public async Task The_ranking_by_meaning_is_that_of_a_search_by_meaning_alone()
    {
        IHybridVectorStore store = CreateHybrid(4);
        await store.UpsertAsync(Entries(), Cancellation);

        HybridMatches found = await FindAsync(store, "lantern", limit: 3);

        Assert.Equal(await store.SearchAsync(new float[] { 1, 0.2f }, 3, ChunkFilter.None, Cancellation), found.ByMeaning);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_filter_holds_in_every_ranking(bool isFusing)
    {
        IHybridVectorStore store = CreateHybrid(4, isFusing);
        var sales = new ChunkLabels("d9", "other", new Dictionary<string, string> { ["team"] = "sales" });
        await store.UpsertAsync([.. Entries(), Entry("sold", "lantern sells best here") with { Labels = sales }], Cancellation);

        HybridMatches found = await FindAsync(
            store, "lantern", filter: new ChunkFilter("other", [new MetadataCondition("team", ["sales", "support"])]));

        Assert.Equal(["sold"], found.ByMeaning.Select(match => match.ChunkId));
        Assert.Equal(["sold"], found.ByWords.Select(match => match.ChunkId));
        Assert.Equal(isFusing ? ["sold"] : null, found.Fused?.Select(match => match.ChunkId));
    }

    [Fact]
    public async Task A_removed_document_is_found_by_neither_and_a_replaced_chunk_by_its_new_words()
    {
        IHybridVectorStore store = CreateHybrid(4);
        await store.UpsertAsync(Entries(), Cancellation);
        await store.UpsertAsync([Entry("2", "harbour lantern lit again")], Cancellation);
        await store.RemoveDocumentAsync("d0", Cancellation);

        HybridMatches lantern = await FindAsync(store, "lantern");
        HybridMatches anchor = await FindAsync(store, "anchor");

        Assert.Equal(["1", "2"], lantern.ByWords.Select(match => match.ChunkId).Order());
        Assert.DoesNotContain(lantern.ByMeaning, match => match.ChunkId == "0");
        Assert.Equal(["3"], anchor.ByWords.Select(match => match.ChunkId));
    }

    [Fact]
    public async Task A_store_that_fuses_returns_all_that_either_ranking_has()
    {
        IHybridVectorStore store = CreateHybrid(4, isFusing: true);
        await store.UpsertAsync(Entries(), Cancellation);

        HybridMatches found = await FindAsync(store, "compass", limit: 2);

        Assert.Equal(
            found.ByMeaning.Select(match => match.ChunkId).Union(found.ByWords.Select(match => match.ChunkId)).Order(),
            found.Fused!.Select(match => match.ChunkId).Order());
        Assert.Equal(found.Fused!.Select(match => match.Score).OrderDescending(), found.Fused!.Select(match => match.Score));
    }

    [Fact]
    public async Task A_question_without_words_is_left_to_the_service()
    {
        IHybridVectorStore store = CreateHybrid(4);
        await store.UpsertAsync(Entries(), Cancellation);

        Assert.Null(await store.SearchBothAsync(
            new HybridQuery(new float[] { 1, 0 }, [], 1, 0.5, 10), 9, ChunkFilter.None, Cancellation));
    }

    private protected static VectorEntry[] Entries() =>
        [.. Texts.Select((text, i) => Entry(i.ToString(System.Globalization.CultureInfo.InvariantCulture), text, i))];

    private protected static VectorEntry Entry(string id, string text, int place = 0) =>
        new(id, KeywordIndexTests.Labels("d" + id), new[] { 1, place / 5f }, text);

    private protected static async Task<HybridMatches> FindAsync(
        IHybridVectorStore store, string question, int limit = 9, ChunkFilter? filter = null, double wordsWeight = 0.5)
    {
        HybridMatches? found = await store.SearchBothAsync(
            new HybridQuery(new float[] { 1, 0.2f }, SearchTokens.Of(question), 1, wordsWeight, 10), limit, filter ?? ChunkFilter.None, Cancellation);
        Assert.NotNull(found);
        return found;
    }
}
