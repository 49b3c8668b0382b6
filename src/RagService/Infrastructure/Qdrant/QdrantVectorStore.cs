using Microsoft.Extensions.Options;
using Qdrant.Client;
using Qdrant.Client.Grpc;
using Ratchet.RagService.Ports;

namespace Ratchet.RagService.Infrastructure.Qdrant;

/// <summary>Finds chunks in a Qdrant server.</summary>
internal sealed class QdrantVectorStore(
    QdrantClient client, QdrantCollections collections, QdrantConnection connection, IEmbedder embedder, IOptions<QdrantOptions> options)
    : IDurableVectorStore, IDisposable
{
    private const uint ScrollPage = 1000;

    private readonly SemaphoreSlim _gate = new(1);
    private bool _isEnsured;

    public async Task UpsertAsync(IReadOnlyList<VectorEntry> entries, CancellationToken cancellation)
    {
        await EnsureAsync(cancellation);
        await UpsertAsync(collections.Alias, entries, cancellation);
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
        return [.. found.Select(point => new VectorMatch(point.Payload[QdrantPoints.Chunk].StringValue, point.Score))];
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
            vectors[point.Payload[QdrantPoints.Chunk].StringValue] = Numbers(point.Vectors.Vector);
        }

        return vectors;
    }

    public async Task SynchronizeAsync(IEnumerable<VectorEntry> entries, CancellationToken cancellation)
    {
        (string collection, bool isPresent) = await collections.EnsureAsync(cancellation);
        _isEnsured = true;
        if (isPresent)
        {
            await MendAsync(collection, entries, cancellation);
            return;
        }

        string next = await collections.CreateNextAsync(collection, cancellation);
        foreach (VectorEntry[] batch in entries.Chunk(options.Value.BatchSize))
        {
            await UpsertAsync(next, batch, cancellation);
        }

        await collections.SwitchAsync(next, collection, cancellation);
    }

    public void Dispose() => _gate.Dispose();

    private async Task MendAsync(string collection, IEnumerable<VectorEntry> entries, CancellationToken cancellation)
    {
        Dictionary<PointId, string> held = await HeldAsync(collection, cancellation);
        IEnumerable<VectorEntry> wrong = entries.Where(entry =>
            !held.Remove(QdrantPoints.IdOf(entry.ChunkId), out string? fingerprint) || fingerprint != QdrantPoints.Fingerprint(entry));
        foreach (VectorEntry[] batch in wrong.Chunk(options.Value.BatchSize))
        {
            await UpsertAsync(collection, batch, cancellation);
        }

        // What no entry has claimed is one too many.
        foreach (PointId[] batch in held.Keys.Chunk(options.Value.BatchSize))
        {
            await Guard("delete points", () => client.DeleteAsync(collection, batch, cancellationToken: cancellation), cancellation);
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

    private async Task UpsertAsync(string collection, IReadOnlyList<VectorEntry> entries, CancellationToken cancellation)
    {
        foreach (VectorEntry entry in entries)
        {
            CheckLength(entry.Vector.Length, $"The chunk {entry.ChunkId}");
        }

        foreach (VectorEntry[] batch in entries.Chunk(options.Value.BatchSize))
        {
            await Guard(
                "take chunks",
                () => client.UpsertAsync(collection, [.. batch.Select(QdrantPoints.Of)], wait: true, cancellationToken: cancellation),
                cancellation);
        }
    }

    // Once, and again after a collection was lost.
    private async Task EnsureAsync(CancellationToken cancellation)
    {
        if (_isEnsured)
        {
            return;
        }

        await _gate.WaitAsync(cancellation);
        try
        {
            if (!_isEnsured)
            {
                await collections.EnsureAsync(cancellation);
                _isEnsured = true;
            }
        }
        finally
        {
            _gate.Release();
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

    private static float[] Numbers(VectorOutput vector) => QdrantPoints.Unit([.. vector.GetDenseVector()?.Data ?? []]);

    private async Task<T> Guard<T>(string what, Func<Task<T>> call, CancellationToken cancellation)
    {
        try
        {
            return await QdrantFaults.GuardAsync(connection.Endpoint, what, call, cancellation);
        }
        catch (VectorStoreException fault) when (fault.IsAway)
        {
            _isEnsured = false;
            throw;
        }
    }
}
