using System.Diagnostics.CodeAnalysis;

namespace Aspire.Hosting.Dashboard.Telemetry;

/// <summary>A queue per resource, each with a bound in number, all together with a bound in bytes. Not thread-safe: the owner locks.</summary>
[SuppressMessage("Naming", "CA1711:Identifiers should not have incorrect suffix", Justification = "They are queues.")]
internal sealed class BoundedQueues<T>(int countMax, long bytesMax)
    where T : class, IKept
{
    private readonly Dictionary<string, Line> _lines = new(StringComparer.Ordinal);
    private long _bytes;

    public long DroppedCount { get; private set; }

    public long Bytes => _bytes;

    /// <summary>Keeps the item at the end of its resource's queue; what falls out is handed to <paramref name="dropped"/>.</summary>
    public void Add(string resource, T item, Action<T>? dropped = null)
    {
        if (!_lines.TryGetValue(resource, out Line? line))
        {
            _lines[resource] = line = new Line();
        }

        line.Items.Enqueue(item);
        line.Bytes += item.Bytes;
        _bytes += item.Bytes;
        if (line.Items.Count > countMax)
        {
            Drop(line, dropped);
        }

        Shrink(dropped);
    }

    /// <summary>An item that is kept has become larger.</summary>
    public void Grow(string resource, long bytes, Action<T>? dropped = null)
    {
        _lines[resource].Bytes += bytes;
        _bytes += bytes;
        Shrink(dropped);
    }

    public int CountOf(string resource) => _lines.TryGetValue(resource, out Line? line) ? line.Items.Count : 0;

    /// <summary>All that is kept, or what is kept of one resource; oldest first within each.</summary>
    public List<T> Snapshot(string? resource = null)
    {
        IEnumerable<Line> wanted = resource is null ? _lines.Values : _lines.TryGetValue(resource, out Line? line) ? [line] : [];
        var items = new List<T>(wanted.Sum(one => one.Items.Count));
        foreach (Line one in wanted)
        {
            items.AddRange(one.Items);
        }

        return items;
    }

    public void Clear()
    {
        _lines.Clear();
        _bytes = 0;
        DroppedCount = 0;
    }

    // The one that takes the most gives up its oldest.
    private void Shrink(Action<T>? dropped)
    {
        while (_bytes > bytesMax)
        {
            Line largest = _lines.Values.MaxBy(line => line.Bytes)!;
            if (largest.Items.Count <= 1)
            {
                return;
            }

            Drop(largest, dropped);
        }
    }

    private void Drop(Line line, Action<T>? dropped)
    {
        T item = line.Items.Dequeue();
        line.Bytes -= item.Bytes;
        _bytes -= item.Bytes;
        DroppedCount++;
        dropped?.Invoke(item);
    }

    private sealed class Line
    {
        public Queue<T> Items { get; } = new();

        public long Bytes { get; set; }
    }
}
