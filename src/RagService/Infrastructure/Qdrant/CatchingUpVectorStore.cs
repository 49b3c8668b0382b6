using Ratchet.RagService.Ports;

namespace Ratchet.RagService.Infrastructure.Qdrant;

/// <summary>
/// Stands before a store that may be away: documents are taken all the same, since the database is the truth, and what the
/// store has missed is noted down to be made good. A search while it is away fails at once, not after the time of a call.
/// </summary>
internal sealed class CatchingUpVectorStore(QdrantVectorStore store, TimeProvider clock) : IDurableVectorStore, IHybridVectorStore
{
    // After a failure the store is left alone for so long.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private DateTimeOffset _quietUntil;
    private VectorStoreException? _fault;
    private long _changes;
    private bool _isBehind = true;

    /// <summary>Whether the store may lack something, or hold something too much.</summary>
    public bool IsBehind
    {
        get
        {
            lock (_lock)
            {
                return _isBehind;
            }
        }
    }

    /// <summary>Why the store cannot be used now; null where it can.</summary>
    public VectorStoreException? Fault
    {
        get
        {
            lock (_lock)
            {
                return _fault;
            }
        }
    }

    public Task UpsertAsync(IReadOnlyList<VectorEntry> entries, CancellationToken cancellation) =>
        ChangeAsync(() => store.UpsertAsync(entries, cancellation));

    public Task RemoveDocumentAsync(string documentId, CancellationToken cancellation) =>
        ChangeAsync(() => store.RemoveDocumentAsync(documentId, cancellation));

    public Task<IReadOnlyList<VectorMatch>> SearchAsync(
        ReadOnlyMemory<float> query, int limit, ChunkFilter filter, CancellationToken cancellation) =>
        AskAsync(() => store.SearchAsync(query, limit, filter, cancellation));

    public Task<HybridMatches?> SearchBothAsync(
        HybridQuery query, int limit, ChunkFilter filter, CancellationToken cancellation) =>
        AskAsync(() => store.SearchBothAsync(query, limit, filter, cancellation));

    public Task<IReadOnlyDictionary<string, float[]>> GetVectorsAsync(
        IReadOnlyCollection<string> chunkIds, CancellationToken cancellation) =>
        AskAsync(() => store.GetVectorsAsync(chunkIds, cancellation));

    public async Task SynchronizeAsync(IEnumerable<VectorEntry> entries, CancellationToken cancellation)
    {
        long before = Interlocked.Read(ref _changes);
        try
        {
            await store.SynchronizeAsync(entries, cancellation);
        }
        catch (VectorStoreException fault)
        {
            Note(fault);
            throw;
        }

        // What changed meanwhile may have been read from the database before and written to the store after.
        lock (_lock)
        {
            _fault = null;
            _quietUntil = default;
            _isBehind = Interlocked.Read(ref _changes) != before;
        }
    }

    private async Task ChangeAsync(Func<Task> change)
    {
        Interlocked.Increment(ref _changes);
        try
        {
            ThrowIfQuiet();
            await change();
        }
        catch (VectorStoreException fault)
        {
            Note(fault);
        }
    }

    private async Task<T> AskAsync<T>(Func<Task<T>> ask)
    {
        ThrowIfQuiet();
        try
        {
            return await ask();
        }
        catch (VectorStoreException fault)
        {
            Note(fault);
            throw;
        }
    }

    private void Note(VectorStoreException fault)
    {
        lock (_lock)
        {
            _fault = fault;
            _isBehind = true;
            _quietUntil = clock.GetUtcNow() + Pause;
        }
    }

    private void ThrowIfQuiet()
    {
        lock (_lock)
        {
            if (_fault is not null && clock.GetUtcNow() < _quietUntil)
            {
                throw new VectorStoreException(_fault.Message, _fault.IsAway, _fault);
            }
        }
    }
}
