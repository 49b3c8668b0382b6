using Ratchet.RagService.Ports;
using Ratchet.RagService.Tests.Index;

namespace Ratchet.RagService.Tests.Infrastructure;

/// <summary>What every vector store must do. An implementation gets a class below this one.</summary>
public abstract class VectorStoreContract
{
    private static readonly VectorEntry East = new("east", KeywordIndexTests.Labels("d1"), new float[] { 1, 0 });
    private static readonly VectorEntry North = new("north", KeywordIndexTests.Labels("d2", "other"), new float[] { 0, 2 });

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
}
