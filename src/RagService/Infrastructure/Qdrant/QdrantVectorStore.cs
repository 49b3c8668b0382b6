using Microsoft.Extensions.Options;
using Qdrant.Client;
using Qdrant.Client.Grpc;
using Ratchet.RagService.Ports;

namespace Ratchet.RagService.Infrastructure.Qdrant;

/// <summary>Finds chunks in a Qdrant server: by meaning, and where its collection has words by both at once.</summary>
internal sealed class QdrantVectorStore(
    QdrantClient client,
    QdrantCollections collections,
    QdrantConnection connection,
    IEmbedder embedder,
    IOptions<QdrantOptions> options,
    HybridReport report)
    : IDurableVectorStore, IHybridVectorStore, IDisposable
{
    private const uint ScrollPage = 1000;

    private readonly SemaphoreSlim _gate = new(1);

    // What a collection takes is looked up once: it must not be another one when points are on their way.
    private readonly SemaphoreSlim _writing = new(1);
    private volatile QdrantCollection? _collection;
    private volatile bool _isRefused;

    public async Task UpsertAsync(IReadOnlyList<VectorEntry> entries, CancellationToken cancellation)
    {
        await _writing.WaitAsync(cancellation);
        try
        {
            QdrantCollection collection = await EnsureAsync(cancellation);
            await UpsertAsync(collections.Alias, entries, collection.HasWords, cancellation);
        }
        finally
        {
            _writing.Release();
        }
    }

    public async Task RemoveDocumentAsync(string documentId, CancellationToken cancellation)
    {
        await EnsureAsync(cancellation);
        Filter ofDocument = Conditions.MatchKeyword(QdrantPoints.Document, documentId);
        await Guard("delete a document", () => client.DeleteAsync(collections.Alias, ofDocument, cancellationToken: cancellation), cancellation);
    }

    public async Task<IReadOnlyList<VectorMatch>> SearchAsync(
        ReadOnlyMemory<float> query, int limit, ChunkFilter filter, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        CheckLength(query.Length, "The question");
        await EnsureAsync(cancellation);
        IReadOnlyList<ScoredPoint> found = await Guard(
            "search",
            () => client.QueryAsync(
                collections.Alias,
                query: QdrantPoints.Unit(query.Span),
                filter: QdrantPoints.FilterOf(filter),
                searchParams: options.Value.Exact ? new SearchParams { Exact = true } : null,
                limit: (ulong)limit,
                payloadSelector: true,
                cancellationToken: cancellation),
            cancellation);
        return [.. found.Select(point => new VectorMatch(ChunkOf(point), point.Score))];
    }

    public async Task<HybridMatches?> SearchBothAsync(
        HybridQuery query, int limit, ChunkFilter filter, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        CheckLength(query.Vector.Length, "The question");
        QdrantCollection collection = await EnsureAsync(cancellation);
        if (_isRefused || !collections.NeedsWords || !collection.HasWords || query.Words.Count == 0)
        {
            return null;
        }

        var hybrid = new HybridRequest(collections.Alias, query, limit, filter, options.Value.Exact);
        bool isFusing = options.Value.Hybrid == "server";
        try
        {
            IReadOnlyList<BatchResult> found = await Guard(
                "rank by meaning and by words",
                () => client.QueryBatchAsync(
                    collections.Alias, hybrid.Queries(isFusing, collection.Server), cancellationToken: cancellation),
                cancellation);
            report.Ranks(connection.Endpoint, isFusing, collection.Server);
            return new HybridMatches(
                [.. found[0].Result.Select(point => new VectorMatch(ChunkOf(point), point.Score))],
                [.. found[1].Result.Select(point => new WordsMatch(ChunkOf(point), point.Score))],
                isFusing ? [.. found[2].Result.Select(point => (ChunkOf(point), (double)point.Score))] : null);
        }
        catch (VectorStoreException refusal) when (!refusal.IsAway)
        {
            // A search by meaning alone may well be answered; asked again when the connection was lost and found.
            _isRefused = true;
            report.Refused(refusal.Message);
            return null;
        }
    }

    public async Task<IReadOnlyDictionary<string, float[]>> GetVectorsAsync(
        IReadOnlyCollection<string> chunkIds, CancellationToken cancellation)
    {
        var vectors = new Dictionary<string, float[]>(StringComparer.Ordinal);
        if (chunkIds.Count == 0)
        {
            return vectors;
        }

        await EnsureAsync(cancellation);
        PointId[] ids = [.. chunkIds.Select(chunk => (PointId)QdrantPoints.IdOf(chunk))];
        foreach (RetrievedPoint point in await Guard(
            "fetch vectors",
            () => client.RetrieveAsync(collections.Alias, ids, withPayload: true, withVectors: true, cancellationToken: cancellation),
            cancellation))
        {
            vectors[point.Payload[QdrantPoints.Chunk].StringValue] = QdrantPoints.Unit([.. QdrantPoints.Numbers(point.Vectors)]);
        }

        return vectors;
    }

    public async Task SynchronizeAsync(IEnumerable<VectorEntry> entries, CancellationToken cancellation)
    {
        QdrantCollection collection = await LookUpAsync(takesKnown: false, cancellation);
        if (collection.IsPresent)
        {
            await MendAsync(collection, entries, cancellation);
            return;
        }

        string next = await collections.CreateNextAsync(collection.Name, cancellation);
        foreach (VectorEntry[] batch in entries.Chunk(options.Value.BatchSize))
        {
            await UpsertAsync(next, batch, collections.NeedsWords, cancellation);
        }

        await _writing.WaitAsync(cancellation);
        try
        {
            await collections.SwitchAsync(next, collection.Name, cancellation);
            Take(collection with { Name = next, IsPresent = true, HasWords = collections.NeedsWords });
        }
        finally
        {
            _writing.Release();
        }
    }

    public void Dispose()
    {
        _gate.Dispose();
        _writing.Dispose();
    }

    private async Task MendAsync(QdrantCollection collection, IEnumerable<VectorEntry> entries, CancellationToken cancellation)
    {
        Dictionary<PointId, string> held = await HeldAsync(collection.Name, cancellation);
        IEnumerable<VectorEntry> wrong = entries.Where(entry =>
            !held.Remove(QdrantPoints.IdOf(entry.ChunkId), out string? fingerprint) || fingerprint != QdrantPoints.Fingerprint(entry));
        foreach (VectorEntry[] batch in wrong.Chunk(options.Value.BatchSize))
        {
            await UpsertAsync(collection.Name, batch, collection.HasWords, cancellation);
        }

        // What no entry has claimed is one too many.
        foreach (PointId[] batch in held.Keys.Chunk(options.Value.BatchSize))
        {
            await Guard("delete points", () => client.DeleteAsync(collection.Name, batch, cancellationToken: cancellation), cancellation);
        }
    }

    private async Task<Dictionary<PointId, string>> HeldAsync(string collection, CancellationToken cancellation)
    {
        var held = new Dictionary<PointId, string>();
        PointId? from = null;
        do
        {
            ScrollResponse page = await Guard(
                "list its points",
                () => client.ScrollAsync(collection, limit: ScrollPage, offset: from, payloadSelector: true, cancellationToken: cancellation),
                cancellation);
            foreach (RetrievedPoint point in page.Result)
            {
                held[point.Id] = QdrantPoints.Fingerprint(point);
            }

            from = page.NextPageOffset;
        }
        while (from is not null);
        return held;
    }

    private async Task UpsertAsync(
        string collection, IReadOnlyList<VectorEntry> entries, bool hasWords, CancellationToken cancellation)
    {
        foreach (VectorEntry entry in entries)
        {
            CheckLength(entry.Vector.Length, $"The chunk {entry.ChunkId}");
        }

        int? averageWords = hasWords ? options.Value.AverageWords : null;
        foreach (VectorEntry[] batch in entries.Chunk(options.Value.BatchSize))
        {
            await Guard(
                "take chunks",
                () => client.UpsertAsync(collection, [.. batch.Select(entry => QdrantPoints.Of(entry, averageWords))], wait: true, cancellationToken: cancellation),
                cancellation);
        }
    }

    // Once, and again after a collection was lost.
    private Task<QdrantCollection> EnsureAsync(CancellationToken cancellation) =>
        _collection is { } known ? Task.FromResult(known) : LookUpAsync(takesKnown: true, cancellation);

    // One at a time: whoever finds no alias takes a collection of that name for one that was never filled, and deletes it.
    private async Task<QdrantCollection> LookUpAsync(bool takesKnown, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            if (takesKnown && _collection is { } found)
            {
                return found;
            }

            QdrantCollection collection = await collections.EnsureAsync(cancellation);
            Take(collection);
            return collection;
        }
        finally
        {
            _gate.Release();
        }
    }

    private void Take(QdrantCollection collection)
    {
        _isRefused = false;
        _collection = collection;
        if (collections.NeedsWords && !collection.HasWords)
        {
            report.HasNoWords(collection.Name, connection.Endpoint);
        }
    }

    private void CheckLength(int length, string what)
    {
        if (length != embedder.Dimensions)
        {
            throw new VectorStoreException(
                $"{what} has a vector of {length} numbers, and the collection '{collections.Alias}' holds vectors of {embedder.Dimensions}. The encoder "
                + "changed under way: restart the service, which embeds the documents again.",
                isAway: false);
        }
    }

    private static string ChunkOf(ScoredPoint point) => point.Payload[QdrantPoints.Chunk].StringValue;

    private async Task<T> Guard<T>(string what, Func<Task<T>> call, CancellationToken cancellation)
    {
        try
        {
            return await QdrantFaults.GuardAsync(connection.Endpoint, what, call, cancellation);
        }
        catch (VectorStoreException fault) when (fault.IsAway)
        {
            _collection = null;
            throw;
        }
    }
}
