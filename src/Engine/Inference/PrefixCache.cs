using Ratchet.Engine.Models;

namespace Ratchet.Engine.Inference;

/// <summary>
/// Keys and values of finished answers, so that the next prompt that begins the same need not be read again. An entry
/// belongs to one adapter id: another adapter's keys and values are other numbers.
/// </summary>
internal sealed class PrefixCache(int entriesMax) : IDisposable
{
    private readonly LinkedList<Entry> _entries = [];

    /// <summary>Bytes held.</summary>
    public long Bytes { get; private set; }

    /// <summary>Length of the beginning that two id lists share.</summary>
    public static int CommonLength(ReadOnlySpan<int> a, ReadOnlySpan<int> b) => a.CommonPrefixLength(b);

    /// <summary>The entry that shares the longest beginning with a prompt; it counts as used now.</summary>
    public ISequenceCache? Find(string adapterId, ReadOnlySpan<int> prompt, out int length)
    {
        LinkedListNode<Entry>? best = null;
        length = 0;
        for (LinkedListNode<Entry>? node = _entries.First; node is not null; node = node.Next)
        {
            if (node.Value.AdapterId == adapterId)
            {
                int common = CommonLength(node.Value.Ids, prompt);
                if (common > length)
                {
                    (best, length) = (node, common);
                }
            }
        }

        if (best is null)
        {
            return null;
        }

        _entries.Remove(best);
        _entries.AddFirst(best);
        return best.Value.Cache;
    }

    /// <summary>Takes over a finished answer's cache.</summary>
    public void Add(string adapterId, int[] ids, ISequenceCache cache, long bytes)
    {
        if (entriesMax == 0)
        {
            cache.Dispose();
            return;
        }

        // An entry that this one continues would never be the better match again.
        for (LinkedListNode<Entry>? node = _entries.First; node is not null;)
        {
            LinkedListNode<Entry>? next = node.Next;
            if (node.Value.AdapterId == adapterId && CommonLength(node.Value.Ids, ids) == node.Value.Ids.Length)
            {
                Remove(node);
            }

            node = next;
        }

        _entries.AddFirst(new Entry(adapterId, ids, cache, bytes));
        Bytes += bytes;
        while (_entries.Count > entriesMax)
        {
            Remove(_entries.Last!);
        }
    }

    /// <summary>Frees the entry that was not used for longest.</summary>
    /// <returns>False where there is none.</returns>
    public bool Shrink()
    {
        if (_entries.Last is not { } last)
        {
            return false;
        }

        Remove(last);
        return true;
    }

    /// <summary>Frees all entries of an adapter.</summary>
    public void Forget(string adapterId)
    {
        for (LinkedListNode<Entry>? node = _entries.First; node is not null;)
        {
            LinkedListNode<Entry>? next = node.Next;
            if (node.Value.AdapterId == adapterId)
            {
                Remove(node);
            }

            node = next;
        }
    }

    public void Dispose()
    {
        while (Shrink())
        {
        }
    }

    private void Remove(LinkedListNode<Entry> node)
    {
        Bytes -= node.Value.Bytes;
        node.Value.Cache.Dispose();
        _entries.Remove(node);
    }

    private sealed record Entry(string AdapterId, int[] Ids, ISequenceCache Cache, long Bytes);
}
