using System.Threading.Channels;

namespace Aspire.Hosting.Dashboard.Telemetry;

/// <summary>The console lines of all resources in the order in which they came.</summary>
public sealed class ConsoleStore
{
    /// <summary>Lines kept per resource; the oldest go first.</summary>
    public const int LinesMax = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Queue<ConsoleLine>> _lines = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<(string? Resource, Channel<ConsoleLine> Channel)> _readers = [];
    private long _count;
    private long _droppedCount;

    public long DroppedCount => Volatile.Read(ref _droppedCount);

    internal ConsoleLine Add(string resource, DateTimeOffset time, string content, bool isError)
    {
        lock (_gate)
        {
            var line = new ConsoleLine(resource, ++_count, time, content, isError);
            if (!_lines.TryGetValue(resource, out Queue<ConsoleLine>? lines))
            {
                _lines[resource] = lines = new Queue<ConsoleLine>();
            }

            lines.Enqueue(line);
            if (lines.Count > LinesMax)
            {
                lines.Dequeue();
                _droppedCount++;
            }

            foreach ((string? wanted, Channel<ConsoleLine> channel) in _readers)
            {
                if (wanted is null || string.Equals(wanted, resource, StringComparison.OrdinalIgnoreCase))
                {
                    channel.Writer.TryWrite(line);
                }
            }

            return line;
        }
    }

    /// <summary>What is kept of one resource, or of all in the order of arrival.</summary>
    public IReadOnlyList<ConsoleLine> Snapshot(string? resource)
    {
        lock (_gate)
        {
            return Kept(resource);
        }
    }

    /// <summary>Forgets the lines of one resource or of all.</summary>
    public void Clear(string? resource)
    {
        lock (_gate)
        {
            foreach (string name in _lines.Keys.Where(name => resource is null || string.Equals(name, resource, StringComparison.OrdinalIgnoreCase)).ToArray())
            {
                _lines.Remove(name);
            }
        }
    }

    /// <summary>What is kept after the given number, then what comes; a reader that does not keep up loses the oldest.</summary>
    public async IAsyncEnumerable<IReadOnlyList<ConsoleLine>> WatchAsync(
        string? resource, long after, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var channel = Channel.CreateBounded<ConsoleLine>(new BoundedChannelOptions(LinesMax) { FullMode = BoundedChannelFullMode.DropOldest });
        ConsoleLine[] missed;
        lock (_gate)
        {
            missed = [.. Kept(resource).Where(line => line.Number > after)];
            _readers.Add((resource, channel));
        }

        try
        {
            if (missed.Length > 0)
            {
                yield return missed;
            }

            while (await channel.Reader.WaitToReadAsync(cancellationToken))
            {
                var lines = new List<ConsoleLine>();
                while (lines.Count < 500 && channel.Reader.TryRead(out ConsoleLine? line))
                {
                    lines.Add(line);
                }

                yield return lines;
            }
        }
        finally
        {
            lock (_gate)
            {
                _readers.RemoveAll(reader => reader.Channel == channel);
            }
        }
    }

    private IReadOnlyList<ConsoleLine> Kept(string? resource) => resource is not null
        ? _lines.TryGetValue(resource, out Queue<ConsoleLine>? one) ? [.. one] : []
        : [.. _lines.Values.SelectMany(lines => lines).OrderBy(line => line.Number)];
}
