using Grpc.Core;
using Qdrant.Client.Grpc;
using Ratchet.RagService.Index;
using Ratchet.RagService.Infrastructure.Qdrant;
using Ratchet.RagService.Ports;
using Ratchet.RagService.Search;

namespace Ratchet.RagService.Tests.Infrastructure.Qdrant;

/// <summary>Both rankings from the server: what is asked of it, what it cannot do, and what is said then.</summary>
public sealed class QdrantHybridTests : HybridVectorStoreContract, IAsyncLifetime
{
    private static readonly QdrantOptions Words = new() { AverageWords = 4 };

    private readonly List<QdrantUnderTest> _opened = [];
    private FakeQdrant _server = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await FakeQdrant.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _opened.ForEach(opened => opened.Dispose());
        await _server.DisposeAsync();
    }

    private protected override IVectorStore CreateEmpty() => Open(new QdrantOptions()).Store;

    private protected override IHybridVectorStore CreateHybrid(int averageWords, bool isFusing = false)
    {
        _server.Version = "1.17.0";
        return Open(new QdrantOptions { AverageWords = averageWords, Hybrid = isFusing ? "server" : "auto" }).Store;
    }

    [Fact]
    public async Task A_question_is_one_call_and_the_collection_counts_words_itself()
    {
        QdrantUnderTest opened = Open(Words);
        await opened.Store.UpsertAsync(Entries(), Cancellation);
        _server.Calls.Clear();

        await FindAsync(opened.Store, "lantern");
        await FindAsync(opened.Store, "anchor");

        Assert.Equal(["Points/QueryBatch", "Points/QueryBatch"], _server.Calls);
        FakeCollection collection = _server.Memory.Find(opened.Collections.Alias);
        Assert.Equal(Modifier.Idf, collection.Made.SparseVectorsConfig.Map["words"].Modifier);
        Assert.Equal(4, collection.Made.Metadata["average_words"].IntegerValue);
        Assert.Contains("fused in this service", Assert.Single(opened.Log.Lines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.16.3", 1)]
    [InlineData("1.17.0", 0.5)]
    public async Task A_server_that_fuses_counts_by_its_own_formula_and_weights_from_1_17_on(string version, double weight)
    {
        _server.Version = version;
        QdrantUnderTest opened = Open(Words with { Hybrid = "server" });
        await opened.Store.UpsertAsync(Entries(), Cancellation);

        HybridMatches found = await FindAsync(opened.Store, "compass");

        // Ours is weight / (10 + rank). The server's 1 / (rank / weight + k - 1) is the same number for weight 1 and k = 11 alone.
        int rank = 1 + found.ByMeaning.ToList().FindIndex(match => match.ChunkId == "4");
        double expected = (1.0 / (10 + rank)) + (1 / ((1 / weight) + 10));
        Assert.Equal(expected, found.Fused!.Single(match => match.ChunkId == "4").Score, 1e-6);
        Assert.Equal(weight < 1, !opened.Log.Lines.Any(line => line.Contains("takes no weights", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_collection_without_words_is_used_as_it_is_until_a_new_one_is_filled()
    {
        QdrantUnderTest before = Open(Words with { Hybrid = "service" });
        await before.Store.UpsertAsync(Entries(), Cancellation);
        QdrantUnderTest after = Open(Words);
        await after.Store.UpsertAsync([Entry("9", "lantern burns very low")], Cancellation);

        HybridMatches? early = await after.Store.SearchBothAsync(
            new HybridQuery(new float[] { 1, 0 }, ["lantern"], 1, 0.5, 10), 9, ChunkFilter.None, Cancellation);
        await after.Store.SynchronizeAsync([.. Entries(), Entry("9", "lantern burns very low")], Cancellation);
        HybridMatches late = await FindAsync(after.Store, "lantern");

        Assert.Null(early);
        Assert.Equal(["0", "1", "9"], late.ByWords.Select(match => match.ChunkId).Order());
        Assert.Equal(["ratchet-encoder-of-t-2-2"], _server.Memory.Collections.Keys);
        Assert.Contains("has no words", after.Log.Lines.First(), StringComparison.Ordinal);
        IReadOnlyDictionary<string, float[]> vectors = await after.Store.GetVectorsAsync(["0"], Cancellation);
        Assert.Equal<float>([1, 0], vectors["0"]);
    }

    [Fact]
    public async Task Another_average_length_fills_a_new_collection_and_the_service_alone_does_not()
    {
        QdrantUnderTest four = Open(Words);
        await four.Store.SynchronizeAsync(Entries(), Cancellation);
        await Open(Words with { Hybrid = "service" }).Store.SynchronizeAsync(Entries(), Cancellation);
        Assert.Equal(["ratchet-encoder-of-t-2-1"], _server.Memory.Collections.Keys);

        QdrantUnderTest eight = Open(Words with { AverageWords = 8 });
        await eight.Store.SynchronizeAsync(Entries(), Cancellation);

        Assert.Equal(["ratchet-encoder-of-t-2-2"], _server.Memory.Collections.Keys);
        Assert.True((await FindAsync(eight.Store, "compass")).ByWords[0].Score > Math.Log(1 + (5.5 / 1.5)) / 2.2);
    }

    [Fact]
    public async Task Chunks_written_while_the_service_ranks_keep_the_words_that_the_collection_has()
    {
        await Open(Words).Store.UpsertAsync(Entries(), Cancellation);
        QdrantUnderTest service = Open(Words with { Hybrid = "service" });
        await service.Store.UpsertAsync([Entry("9", "lantern burns very low")], Cancellation);

        Assert.Null(await service.Store.SearchBothAsync(
            new HybridQuery(new float[] { 1, 0 }, ["lantern"], 1, 0.5, 10), 9, ChunkFilter.None, Cancellation));
        Assert.Equal(["0", "1", "9"], (await FindAsync(Open(Words).Store, "lantern")).ByWords.Select(match => match.ChunkId).Order());
    }

    [Fact]
    public async Task The_other_BM25_is_counted_in_the_service_alone()
    {
        QdrantUnderTest opened = Open(Words, new SearchOptions { KeywordScoring = KeywordScoring.Okapi });
        await opened.Store.UpsertAsync(Entries(), Cancellation);

        Assert.Null(await opened.Store.SearchBothAsync(
            new HybridQuery(new float[] { 1, 0 }, ["lantern"], 1, 0.5, 10), 9, ChunkFilter.None, Cancellation));
        Assert.Null(_server.Memory.Find(opened.Collections.Alias).Made.SparseVectorsConfig);
    }

    [Fact]
    public async Task A_server_that_refuses_is_asked_for_meaning_alone_and_the_reason_is_said_once()
    {
        QdrantUnderTest opened = Open(Words);
        await opened.Store.UpsertAsync(Entries(), Cancellation);
        _server.Fail("Points/QueryBatch", StatusCode.InvalidArgument, "Wrong input: strict mode: too many queries");
        var question = new HybridQuery(new float[] { 1, 0 }, ["lantern"], 1, 0.5, 10);

        Assert.Null(await opened.Store.SearchBothAsync(question, 9, ChunkFilter.None, Cancellation));
        Assert.Null(await opened.Store.SearchBothAsync(question, 9, ChunkFilter.None, Cancellation));

        Assert.Equal("0", (await opened.Store.SearchAsync(question.Vector, 1, ChunkFilter.None, Cancellation))[0].ChunkId);
        Assert.Single(_server.Calls, call => call == "Points/QueryBatch");
        string said = Assert.Single(opened.Log.Lines);
        Assert.Contains("strict mode: too many queries", said, StringComparison.Ordinal);
        Assert.Contains("Qdrant__Hybrid=service", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_title_under_the_same_chunk_is_made_good()
    {
        QdrantUnderTest opened = Open(Words);
        await opened.Store.UpsertAsync(Entries(), Cancellation);
        _server.Memory.Upserts.Clear();

        await opened.Store.SynchronizeAsync([.. Entries().Skip(1), Entry("0", "Harbour lights\nlantern opens nine daily")], Cancellation);

        Assert.Equal([1], _server.Memory.Upserts);
        Assert.Equal("0", Assert.Single((await FindAsync(opened.Store, "harbour")).ByWords).ChunkId);
    }

    [Fact]
    public void A_word_is_the_same_dimension_everywhere()
    {
        Assert.Equal(1007362757u, SparseWords.DimensionOf("lantern"));
        Assert.Equal([(2f, 1007362757u)], SparseWords.OfQuestion(["lantern", "lantern"]));
    }

    private QdrantUnderTest Open(QdrantOptions options, SearchOptions? search = null)
    {
        var opened = new QdrantUnderTest(_server.Address, options, search: search);
        _opened.Add(opened);
        return opened;
    }
}
