using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Ratchet.RagService.Index;
using Ratchet.RagService.Ports;

namespace Ratchet.RagService.Infrastructure.Embedded;

/// <summary>
/// Compares the query with every chunk, by SIMD over rows that lie in blocks of memory. Exact, and quick enough up to some
/// 100,000 chunks; nothing is kept on disk.
/// </summary>
internal sealed class EmbeddedVectorStore : IVectorStore, IDisposable
{
    private readonly ReaderWriterLockSlim _gate = new();
    private readonly Dictionary<string, int> _rowOf = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> _chunksOf = new(StringComparer.Ordinal);
    private readonly List<Row> _rows = [];
    private long _ordinal;

    public int Count
    {
        get
        {
            _gate.EnterReadLock();
            try
            {
                return _rows.Count;
            }
            finally
            {
                _gate.ExitReadLock();
            }
        }
    }

    public Task UpsertAsync(IReadOnlyList<VectorEntry> entries, CancellationToken cancellation)
    {
        // Normalised before the lock is taken: a search waits for the list to change, not for arithmetic.
        List<(VectorEntry Entry, float[] Unit)> units = [.. entries.Select(entry => (entry, Unit(entry.Vector.Span)))];
        _gate.EnterWriteLock();
        try
        {
            foreach ((VectorEntry entry, float[] unit) in units)
            {
                if (_rowOf.TryGetValue(entry.ChunkId, out int known))
                {
                    Forget(_rows[known]);
                    _rows[known] = new Row(entry.ChunkId, entry.Labels, unit, _rows[known].Ordinal);
                }
                else
                {
                    _rowOf[entry.ChunkId] = _rows.Count;
                    _rows.Add(new Row(entry.ChunkId, entry.Labels, unit, _ordinal++));
                }

                CollectionsMarshal.GetValueRefOrAddDefault(_chunksOf, entry.Labels.DocumentId, out _) ??= new(StringComparer.Ordinal);
                _chunksOf[entry.Labels.DocumentId].Add(entry.ChunkId);
            }
        }
        finally
        {
            _gate.ExitWriteLock();
        }

        return Task.CompletedTask;
    }

    public Task RemoveDocumentAsync(string documentId, CancellationToken cancellation)
    {
        _gate.EnterWriteLock();
        try
        {
            if (_chunksOf.Remove(documentId, out HashSet<string>? chunks))
            {
                foreach (string chunkId in chunks)
                {
                    RemoveAt(_rowOf[chunkId]);
                }
            }
        }
        finally
        {
            _gate.ExitWriteLock();
        }

        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<VectorMatch>> SearchAsync(
        ReadOnlyMemory<float> query, int limit, ChunkFilter filter, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        float[] unit = Unit(query.Span);
        var best = new TopList<string>(limit);
        _gate.EnterReadLock();
        try
        {
            foreach (Row row in CollectionsMarshal.AsSpan(_rows))
            {
                if (row.Unit.Length == unit.Length && filter.Matches(row.Labels))
                {
                    best.Offer(row.ChunkId, TensorPrimitives.Dot<float>(unit, row.Unit), row.Ordinal);
                }
            }
        }
        finally
        {
            _gate.ExitReadLock();
        }

        return Task.FromResult<IReadOnlyList<VectorMatch>>(
            [.. best.Take().Select(found => new VectorMatch(found.Item, (float)found.Score))]);
    }

    public Task<IReadOnlyDictionary<string, float[]>> GetVectorsAsync(
        IReadOnlyCollection<string> chunkIds, CancellationToken cancellation)
    {
        var found = new Dictionary<string, float[]>(StringComparer.Ordinal);
        _gate.EnterReadLock();
        try
        {
            foreach (string id in chunkIds)
            {
                if (_rowOf.TryGetValue(id, out int row))
                {
                    found[id] = _rows[row].Unit;
                }
            }
        }
        finally
        {
            _gate.ExitReadLock();
        }

        return Task.FromResult<IReadOnlyDictionary<string, float[]>>(found);
    }

    public void Dispose() => _gate.Dispose();

    // Of a chunk that may come back under another document.
    private void Forget(Row row)
    {
        HashSet<string> chunks = _chunksOf[row.Labels.DocumentId];
        chunks.Remove(row.ChunkId);
        if (chunks.Count == 0)
        {
            _chunksOf.Remove(row.Labels.DocumentId);
        }
    }

    // The last row takes the free place: removal costs the same however many there are.
    private void RemoveAt(int row)
    {
        _rowOf.Remove(_rows[row].ChunkId);
        int last = _rows.Count - 1;
        if (row != last)
        {
            _rows[row] = _rows[last];
            _rowOf[_rows[row].ChunkId] = row;
        }

        _rows.RemoveAt(last);
    }

    // In double: the unit vectors of v and 2v are the same bits, so copies tie and the earlier one wins.
    private static float[] Unit(ReadOnlySpan<float> vector)
    {
        double squares = 0;
        foreach (float value in vector)
        {
            squares += (double)value * value;
        }

        float[] unit = new float[vector.Length];
        if (squares > 0)
        {
            double length = Math.Sqrt(squares);
            for (int i = 0; i < unit.Length; i++)
            {
                unit[i] = (float)(vector[i] / length);
            }
        }

        return unit;
    }

    private sealed record Row(string ChunkId, ChunkLabels Labels, float[] Unit, long Ordinal);
}
