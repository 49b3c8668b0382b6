using Grpc.Core;
using Qdrant.Client.Grpc;
using Ratchet.RagService.Infrastructure.Qdrant;
using Ratchet.RagService.Ports;
using Ratchet.RagService.Tests.Index;

namespace Ratchet.RagService.Tests.Infrastructure.Qdrant;

/// <summary>The real client over the protocol's own wire, against a server in memory.</summary>
public sealed class QdrantVectorStoreTests : VectorStoreContract, IAsyncLifetime
{
    private readonly List<QdrantUnderTest> _opened = [];
    private FakeQdrant _server = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await FakeQdrant.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _opened.ForEach(opened => opened.Dispose());
        await _server.DisposeAsync();
    }

    private protected override IVectorStore CreateEmpty() => Open().Store;

    [Fact]
    public async Task The_collection_says_which_encoder_it_belongs_to_and_indexes_what_filters_look_at()
    {
        QdrantUnderTest opened = Open(new QdrantOptions { Quantization = "int8", ShardNumber = 2, ReplicationFactor = 3 });
        await opened.Store.UpsertAsync([Entry("a", 1, 0)], Cancellation);

        Assert.Equal("ratchet-encoder-of-t-2", opened.Collections.Alias);
        FakeCollection collection = _server.Memory.Find(opened.Collections.Alias);
        Assert.Equal("ratchet-encoder-of-t-2-1", collection.Made.CollectionName);
        Assert.Equal(("encoder-of-the-tests", 2L), (collection.Made.Metadata["encoder"].StringValue, collection.Made.Metadata["dimension"].IntegerValue));
        Assert.Equal((2ul, Distance.Cosine), (collection.Made.VectorsConfig.Params.Size, collection.Made.VectorsConfig.Params.Distance));
        Assert.Equal(QuantizationType.Int8, collection.Made.QuantizationConfig.Scalar.Type);
        Assert.Equal((2u, 3u), (collection.Made.ShardNumber, collection.Made.ReplicationFactor));
        Assert.Equal(["collection", "document", "labels"], collection.Indexed.Keys.Order());
        Assert.All(collection.Indexed.Values, type => Assert.Equal(FieldType.Keyword, type));
    }

    [Fact]
    public async Task Chunks_go_in_batches_and_are_the_same_points_in_every_process()
    {
        QdrantUnderTest opened = Open(new QdrantOptions { BatchSize = 3 });
        await opened.Store.UpsertAsync([.. Enumerable.Range(0, 7).Select(i => Entry($"chunk-{i}", 1, i))], Cancellation);

        Assert.Equal([3, 3, 1], _server.Memory.Upserts);
        Assert.Equal(QdrantPoints.IdOf("chunk-1"), QdrantPoints.IdOf("chunk-1"));
        Assert.NotEqual(QdrantPoints.IdOf("chunk-1"), QdrantPoints.IdOf("chunk-2"));
        Assert.Contains(_server.Memory.Find(opened.Collections.Alias).Points.Keys, id => id.Uuid == QdrantPoints.IdOf("chunk-1").ToString());
    }

    [Fact]
    public async Task Synchronising_sends_only_what_is_wrong_and_takes_out_what_is_too_much()
    {
        QdrantUnderTest opened = Open();
        VectorEntry[] right = [.. Enumerable.Range(0, 8).Select(i => Entry($"chunk-{i}", 1, i))];
        await opened.Store.UpsertAsync([.. right.Take(6), Entry("stranger", 1, 1)], Cancellation);
        _server.Memory.Upserts.Clear();
        VectorEntry moved = right[0] with { Labels = KeywordIndexTests.Labels("d1", "elsewhere") };

        await opened.Store.SynchronizeAsync([moved, .. right.Skip(1)], Cancellation);

        Assert.Equal([3], _server.Memory.Upserts);
        Assert.Equal(
            right.Select(entry => entry.ChunkId),
            _server.Memory.Find(opened.Collections.Alias).Points.Values.Select(point => point.Payload["chunk"].StringValue).Order(StringComparer.Ordinal));
        Assert.Equal(["chunk-0"], (await opened.Store.SearchAsync(right[0].Vector, 9, new ChunkFilter("elsewhere", []), Cancellation)).Select(match => match.ChunkId));
    }

    [Fact]
    public async Task Another_quantisation_fills_a_new_collection_and_switches_to_it()
    {
        VectorEntry[] entries = [Entry("a", 1, 0), Entry("b", 0, 1)];
        QdrantUnderTest before = Open();
        await before.Store.SynchronizeAsync(entries, Cancellation);
        QdrantUnderTest after = Open(new QdrantOptions { Quantization = "binary" });

        await after.Store.SynchronizeAsync(entries, Cancellation);

        Assert.Equal(["ratchet-encoder-of-t-2-2"], _server.Memory.Collections.Keys);
        Assert.Equal("ratchet-encoder-of-t-2-2", _server.Memory.Aliases[after.Collections.Alias]);
        Assert.NotNull(_server.Memory.Find(after.Collections.Alias).Made.QuantizationConfig.Binary);
        Assert.Equal("b", (await before.Store.SearchAsync(entries[1].Vector, 1, ChunkFilter.None, Cancellation))[0].ChunkId);
    }

    [Fact]
    public async Task Another_encoder_has_another_collection()
    {
        QdrantUnderTest small = Open();
        QdrantUnderTest large = Open(embedder: new FixedEmbedder("another-encoder", 3));
        await small.Store.UpsertAsync([Entry("a", 1, 0)], Cancellation);
        await large.Store.UpsertAsync([new VectorEntry("a", KeywordIndexTests.Labels("d1"), new float[] { 1, 0, 0 })], Cancellation);

        Assert.Equal(2, _server.Memory.Collections.Count);
        Assert.Single(await small.Store.SearchAsync(new float[] { 1, 0 }, 9, ChunkFilter.None, Cancellation));
    }

    [Fact]
    public async Task A_collection_that_is_being_made_is_not_deleted_by_who_comes_meanwhile()
    {
        QdrantUnderTest opened = Open();
        var indexed = new TaskCompletionSource();
        _server.Before = method => method == "Points/CreateFieldIndex" ? indexed.Task : Task.CompletedTask;
        Task first = opened.Store.UpsertAsync([Entry("a", 1, 0)], Cancellation);
        await Waiting.UntilAsync(() => _server.Calls.Contains("Points/CreateFieldIndex"));
        Task second = opened.Store.SynchronizeAsync([Entry("a", 1, 0)], Cancellation);
        await Task.Delay(TimeSpan.FromMilliseconds(200), Cancellation);
        indexed.SetResult();
        await Task.WhenAll(first, second);

        Assert.DoesNotContain("Collections/Delete", _server.Calls);
        Assert.Single(_server.Memory.Find(opened.Collections.Alias).Points);
    }

    [Fact]
    public async Task A_collection_of_another_encoder_under_our_name_is_refused_with_both_named()
    {
        QdrantUnderTest opened = Open();
        _server.Memory.Collections["foreign"] = new FakeCollection(new CreateCollection
        {
            CollectionName = "foreign",
            VectorsConfig = new VectorsConfig { Params = new VectorParams { Size = 384, Distance = Distance.Cosine } },
        });
        _server.Memory.Aliases[opened.Collections.Alias] = "foreign";

        VectorStoreException refusal = await Assert.ThrowsAsync<VectorStoreException>(() => opened.Store.UpsertAsync([Entry("a", 1, 0)], Cancellation));

        Assert.False(refusal.IsAway);
        Assert.Contains("384 numbers", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("'encoder-of-the-tests' makes 2", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Qdrant__Prefix", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_vector_of_another_length_is_refused_before_it_is_sent()
    {
        QdrantUnderTest opened = Open();
        VectorStoreException refusal = await Assert.ThrowsAsync<VectorStoreException>(() => opened.Store.UpsertAsync(
            [new VectorEntry("a", KeywordIndexTests.Labels("d1"), new float[] { 1, 0, 0 })], Cancellation));

        Assert.Contains("a vector of 3 numbers", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(_server.Memory.Upserts);
    }

    [Fact]
    public async Task What_the_server_says_of_a_wrong_vector_comes_through()
    {
        QdrantUnderTest opened = Open();
        await opened.Store.UpsertAsync([Entry("a", 1, 0)], Cancellation);
        _server.Fail("Points/Upsert", StatusCode.InvalidArgument, "Wrong input: Vector dimension error: expected dim: 2, got 3");

        VectorStoreException refusal = await Assert.ThrowsAsync<VectorStoreException>(() => opened.Store.UpsertAsync([Entry("b", 1, 0)], Cancellation));

        Assert.Contains("expected dim: 2, got 3", refusal.Message, StringComparison.Ordinal);
        Assert.False(refusal.IsAway);
    }

    [Theory]
    [InlineData("1.7.4", false)]
    [InlineData("unknown", false)]
    [InlineData("1.15.5", false)]
    [InlineData("1.16.0-dev", true)]
    public async Task A_server_that_is_too_old_is_named_with_what_is_needed(string version, bool isTaken)
    {
        _server.Version = version;
        QdrantUnderTest opened = Open();
        Exception? refusal = await Record.ExceptionAsync(() => opened.Store.UpsertAsync([Entry("a", 1, 0)], Cancellation));

        Assert.Equal(isTaken, refusal is null);
        Assert.True(isTaken || refusal!.Message.Contains($"version '{version}', and 1.16 or later is needed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_wrong_key_is_said_to_be_one()
    {
        _server.Key = "right";
        VectorStoreException refusal = await Assert.ThrowsAsync<VectorStoreException>(
            () => Open(key: "wrong").Store.SearchAsync(new float[] { 1, 0 }, 1, ChunkFilter.None, Cancellation));

        Assert.Contains("does not take the key", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(await Open(key: "right").Store.SearchAsync(new float[] { 1, 0 }, 1, ChunkFilter.None, Cancellation));
    }

    [Fact]
    public async Task A_server_that_hangs_is_given_up_after_the_time_set()
    {
        _server.Hangs = true;
        VectorStoreException away = await Assert.ThrowsAsync<VectorStoreException>(() => Open(new QdrantOptions { Timeout = TimeSpan.FromMilliseconds(300) })
            .Store.SearchAsync(new float[] { 1, 0 }, 1, ChunkFilter.None, Cancellation));

        Assert.True(away.IsAway);
        Assert.Contains("DeadlineExceeded", away.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_away_is_said_to_be_and_a_lost_collection_is_made_anew()
    {
        QdrantUnderTest opened = Open();
        await opened.Store.UpsertAsync([Entry("a", 1, 0)], Cancellation);
        _server.Memory.Collections.Clear();
        _server.Memory.Aliases.Clear();

        VectorStoreException lost = await Assert.ThrowsAsync<VectorStoreException>(
            () => opened.Store.SearchAsync(new float[] { 1, 0 }, 1, ChunkFilter.None, Cancellation));
        await opened.Store.UpsertAsync([Entry("a", 1, 0)], Cancellation);
        await _server.DisposeAsync();
        VectorStoreException away = await Assert.ThrowsAsync<VectorStoreException>(
            () => opened.Store.SearchAsync(new float[] { 1, 0 }, 1, ChunkFilter.None, Cancellation));

        Assert.Contains("made anew", lost.Message, StringComparison.Ordinal);
        Assert.True(away.IsAway);
        Assert.Contains("does not answer", away.Message, StringComparison.Ordinal);
    }

    private static VectorEntry Entry(string id, float x, float y) => new(id, KeywordIndexTests.Labels("d1"), new[] { x, y });

    private QdrantUnderTest Open(QdrantOptions? options = null, IEmbedder? embedder = null, string? key = null)
    {
        var opened = new QdrantUnderTest(_server.Address, options, embedder, key);
        _opened.Add(opened);
        return opened;
    }
}
