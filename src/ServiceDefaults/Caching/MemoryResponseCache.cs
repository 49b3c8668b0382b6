using Microsoft.Extensions.Options;

namespace Ratchet.ServiceDefaults.Caching;

/// <summary>Answers in this process's memory, so many and no more; the one not asked for longest goes first.</summary>
public sealed class MemoryResponseCache(IOptions<CacheOptions> options, TimeProvider clock) : IResponseCache
{
    private readonly Lock _gate = new();
    private readonly LinkedList<Entry> _byUse = [];
    private readonly Dictionary<string, LinkedListNode<Entry>> _entries = [];
    private readonly Dictionary<string, HashSet<string>> _byDocument = [];
    private readonly Dictionary<string, DateTimeOffset> _forgotten = [];
    private long _bytes;

    /// <summary>Answers and bytes held.</summary>
    public (int Count, long Bytes) Held
    {
        get
        {
            lock (_gate)
            {
                return (_entries.Count, _bytes);
            }
        }
    }

    public Task<byte[]?> FindAsync(string key, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(key, out LinkedListNode<Entry>? node))
            {
                return Task.FromResult<byte[]?>(null);
            }

            if (node.Value.Until <= clock.GetUtcNow())
            {
                Remove(node);
                return Task.FromResult<byte[]?>(null);
            }

            _byUse.Remove(node);
            _byUse.AddFirst(node);
            return Task.FromResult<byte[]?>(node.Value.Answer);
        }
    }

    public Task KeepAsync(string key, byte[] answer, IReadOnlyCollection<string> documents, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(answer);
        ArgumentNullException.ThrowIfNull(documents);
        DateTimeOffset now = clock.GetUtcNow();
        lock (_gate)
        {
            if (answer.Length > options.Value.AnswerBytesMax
                || documents.Any(document => _forgotten.TryGetValue(document, out DateTimeOffset until) && until > now))
            {
                return Task.CompletedTask;
            }

            if (_entries.TryGetValue(key, out LinkedListNode<Entry>? old))
            {
                Remove(old);
            }

            _entries[key] = _byUse.AddFirst(new Entry(key, answer, [.. documents], now + options.Value.Kept));
            _bytes += answer.Length;
            foreach (string document in documents)
            {
                if (!_byDocument.TryGetValue(document, out HashSet<string>? keys))
                {
                    _byDocument[document] = keys = [];
                }

                keys.Add(key);
            }

            while (_entries.Count > options.Value.EntriesMax || _bytes > options.Value.BytesMax)
            {
                Remove(_byUse.Last!);
            }
        }

        return Task.CompletedTask;
    }

    public Task ForgetAsync(string document, CancellationToken cancellation)
    {
        DateTimeOffset now = clock.GetUtcNow();
        lock (_gate)
        {
            foreach (string gone in _forgotten.Where(pair => pair.Value <= now).Select(pair => pair.Key).ToArray())
            {
                _forgotten.Remove(gone);
            }

            // An answer that is being written now may still hold the text; none takes longer than a kept one lives.
            _forgotten[document] = now + options.Value.Kept;
            if (_byDocument.TryGetValue(document, out HashSet<string>? keys))
            {
                foreach (string key in keys.ToArray())
                {
                    Remove(_entries[key]);
                }
            }
        }

        return Task.CompletedTask;
    }

    private void Remove(LinkedListNode<Entry> node)
    {
        _byUse.Remove(node);
        _entries.Remove(node.Value.Key);
        _bytes -= node.Value.Answer.Length;
        foreach (string document in node.Value.Documents)
        {
            if (_byDocument.TryGetValue(document, out HashSet<string>? keys) && keys.Remove(node.Value.Key) && keys.Count == 0)
            {
                _byDocument.Remove(document);
            }
        }
    }

    private sealed record Entry(string Key, byte[] Answer, string[] Documents, DateTimeOffset Until);
}
