using Ratchet.RagService.Ports;
using Ratchet.RagService.Tests.Index;

namespace Ratchet.RagService.Tests.Infrastructure;

/// <summary>What every vector store must do. An implementation gets a class below this one.</summary>
public abstract class VectorStoreContract
{
    private static readonly VectorEntry East = new("east", KeywordIndexTests.Labels("d1"), new float[] { 1, 0 });
    private static readonly VectorEntry North = new("north", KeywordIndexTests.Labels("d2", "other"), new float[] { 0, 2 });

    private static ChunkLabels KnowledgeLabels => KeywordIndexTests.Labels("d1");

    private static string KnowledgeDefault => KnowledgeLabels.Collection;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>An empty store, as the port.</summary>
    private protected abstract IVectorStore CreateEmpty();

    [Fact]
    public async Task The_nearest_chunk_comes_first_whatever_its_length()
    {
        IVectorStore store = CreateEmpty();
        await store.UpsertAsync([East, North], Cancellation);

        IReadOnlyList<VectorMatch> found = await store.SearchAsync(
            new float[] { 0.1f, 1f }, 2, ChunkFilter.None, Cancellation);

        Assert.Equal(["north", "east"], found.Select(match => match.ChunkId));
        Assert.Equal(0.995f, found[0].Similarity, tolerance: 0.001f);
    }

    [Fact]
    public async Task A_chunk_with_a_known_id_replaces_the_old_one()
    {
        IVectorStore store = CreateEmpty();
        await store.UpsertAsync([East], Cancellation);
        await store.UpsertAsync([East with { Vector = new float[] { 0, 1 } }], Cancellation);

        VectorMatch found = Assert.Single(
            await store.SearchAsync(new float[] { 0, 1 }, 9, ChunkFilter.None, Cancellation));

        Assert.Equal(1f, found.Similarity, 1e-6f);
    }

    [Fact]
    public async Task A_removed_document_is_not_found()
    {
        IVectorStore store = CreateEmpty();
        await store.UpsertAsync([East, North, East with { ChunkId = "east2" }], Cancellation);
        await store.RemoveDocumentAsync("d1", Cancellation);

        VectorMatch found = Assert.Single(
            await store.SearchAsync(East.Vector, 9, ChunkFilter.None, Cancellation));

        Assert.Equal("north", found.ChunkId);
        Assert.Equal(["north"], (await store.GetVectorsAsync(["east", "north"], Cancellation)).Keys);
    }

    [Fact]
    public async Task A_chunk_that_came_back_under_another_document_goes_with_that_one()
    {
        IVectorStore store = CreateEmpty();
        await store.UpsertAsync([East, North], Cancellation);
        await store.UpsertAsync([East with { Labels = KeywordIndexTests.Labels("d3") }], Cancellation);

        await store.RemoveDocumentAsync("d1", Cancellation);
        int kept = (await store.SearchAsync(East.Vector, 9, ChunkFilter.None, Cancellation)).Count;
        await store.RemoveDocumentAsync("d3", Cancellation);

        Assert.Equal(2, kept);
        Assert.Equal("north", Assert.Single(await store.SearchAsync(East.Vector, 9, ChunkFilter.None, Cancellation)).ChunkId);
    }

    [Fact]
    public async Task A_filter_keeps_out_what_does_not_match()
    {
        IVectorStore store = CreateEmpty();
        var labels = new ChunkLabels("d3", "other", new Dictionary<string, string> { ["team"] = "sales" });
        await store.UpsertAsync([East, North, new VectorEntry("sold", labels, new float[] { 1, 0 })], Cancellation);

        IReadOnlyList<VectorMatch> inOther = await store.SearchAsync(
            East.Vector, 9, new ChunkFilter("other", []), Cancellation);
        IReadOnlyList<VectorMatch> ofSales = await store.SearchAsync(
            East.Vector, 9, new ChunkFilter(null, [new MetadataCondition("team", ["sales", "support"])]), Cancellation);

        Assert.Equal(["sold", "north"], inOther.Select(match => match.ChunkId));
        Assert.Equal(["sold"], ofSales.Select(match => match.ChunkId));
    }

    [Fact]
    public async Task An_empty_store_finds_nothing() =>
        Assert.Empty(await CreateEmpty().SearchAsync(East.Vector, 9, ChunkFilter.None, Cancellation));

    [Fact]
    public async Task Vectors_come_back_scaled_to_length_one()
    {
        IVectorStore store = CreateEmpty();
        await store.UpsertAsync([East, North], Cancellation);

        IReadOnlyDictionary<string, float[]> found = await store.GetVectorsAsync(["north", "nobody"], Cancellation);

        Assert.Equal(["north"], found.Keys);
        Assert.Equal([0f, 1f], found["north"]);
        Assert.Empty(await store.GetVectorsAsync([], Cancellation));
    }

    [Fact]
    public async Task A_chunk_under_new_labels_is_found_under_those_alone()
    {
        IVectorStore store = CreateEmpty();
        await store.UpsertAsync([East], Cancellation);
        await store.UpsertAsync([East with { Labels = North.Labels }], Cancellation);
        await store.RemoveDocumentAsync("d1", Cancellation);

        IReadOnlyList<VectorMatch> inOther = await store.SearchAsync(East.Vector, 9, new ChunkFilter("other", []), Cancellation);
        IReadOnlyList<VectorMatch> inDefault = await store.SearchAsync(
            East.Vector, 9, new ChunkFilter(KnowledgeDefault, []), Cancellation);

        Assert.Equal(["east"], inOther.Select(match => match.ChunkId));
        Assert.Empty(inDefault);
    }

    [Fact]
    public async Task All_conditions_of_a_filter_must_hold()
    {
        IVectorStore store = CreateEmpty();
        ChunkLabels Of(string team, string year) => new("d3", "c", new Dictionary<string, string> { ["team"] = team, ["year"] = year });
        await store.UpsertAsync(
            [
                new VectorEntry("a", Of("sales", "2025"), new float[] { 1, 0 }),
                new VectorEntry("b", Of("sales", "2026"), new float[] { 1, 0 }),
                new VectorEntry("c", Of("2026", "sales"), new float[] { 1, 0 }),
            ],
            Cancellation);

        IReadOnlyList<VectorMatch> found = await store.SearchAsync(
            new float[] { 1, 0 }, 9,
            new ChunkFilter("c", [new MetadataCondition("team", ["sales"]), new MetadataCondition("year", ["2026", "2027"])]), Cancellation);

        Assert.Equal(["b"], found.Select(match => match.ChunkId));
    }

    [Fact]
    public async Task However_many_come_at_once_all_can_be_found_when_the_task_ends()
    {
        IVectorStore store = CreateEmpty();
        VectorEntry[] many =
        [
            .. Enumerable.Range(0, 700).Select(i => new VectorEntry(
                $"chunk-{i}", KnowledgeLabels, new[] { MathF.Cos(i / 500f), MathF.Sin(i / 500f) })),
        ];
        await store.UpsertAsync(many, Cancellation);

        IReadOnlyList<VectorMatch> nearest = await store.SearchAsync(many[400].Vector, 1, ChunkFilter.None, Cancellation);

        Assert.Equal("chunk-400", Assert.Single(nearest).ChunkId);
        Assert.Equal(700, (await store.GetVectorsAsync([.. many.Select(entry => entry.ChunkId)], Cancellation)).Count);
    }
}
