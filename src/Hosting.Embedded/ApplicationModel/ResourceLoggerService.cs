using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Keeps the console lines of every resource and tells those who read along.</summary>
public sealed class ResourceLoggerService
{
    /// <summary>Lines kept per resource; the oldest go first.</summary>
    internal const int LinesMax = 10_000;

    private readonly ConcurrentDictionary<string, ConsoleLog> _logs = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>What is kept, then what comes.</summary>
    public IAsyncEnumerable<IReadOnlyList<LogLine>> WatchAsync(string resourceName) => Log(resourceName).WatchAsync();

    public IAsyncEnumerable<IReadOnlyList<LogLine>> WatchAsync(IResource resource) => WatchAsync(resource.Name);

    /// <summary>Writes into the console log of a resource, beside what the resource itself writes.</summary>
    public ILogger GetLogger(string resourceName) => new ResourceLogger(this, resourceName);

    public ILogger GetLogger(IResource resource) => GetLogger(resource.Name);

    internal void Append(string resourceName, string content, bool isErrorMessage) => Log(resourceName).Append(content, isErrorMessage);

    internal IReadOnlyList<LogLine> Kept(string resourceName) => Log(resourceName).Kept();

    private ConsoleLog Log(string resourceName) => _logs.GetOrAdd(resourceName, _ => new ConsoleLog());

    private sealed class ConsoleLog
    {
        private readonly Lock _gate = new();
        private readonly Queue<LogLine> _lines = new();
        private readonly List<Channel<LogLine>> _readers = [];
        private int _count;

        public void Append(string content, bool isErrorMessage)
        {
            lock (_gate)
            {
                var line = new LogLine(++_count, content, isErrorMessage);
                _lines.Enqueue(line);
                if (_lines.Count > LinesMax)
                {
                    _lines.Dequeue();
                }

                foreach (Channel<LogLine> reader in _readers)
                {
                    reader.Writer.TryWrite(line);
                }
            }
        }

        public IReadOnlyList<LogLine> Kept()
        {
            lock (_gate)
            {
                return [.. _lines];
            }
        }

        public async IAsyncEnumerable<IReadOnlyList<LogLine>> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            // A reader that does not keep up loses the oldest lines instead of holding memory.
            var channel = Channel.CreateBounded<LogLine>(new BoundedChannelOptions(LinesMax) { FullMode = BoundedChannelFullMode.DropOldest });
            IReadOnlyList<LogLine> kept;
            lock (_gate)
            {
                kept = [.. _lines];
                _readers.Add(channel);
            }

            try
            {
                yield return kept;
                while (await channel.Reader.WaitToReadAsync(cancellationToken))
                {
                    var lines = new List<LogLine>();
                    while (lines.Count < 500 && channel.Reader.TryRead(out LogLine line))
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
                    _readers.Remove(channel);
                }
            }
        }
    }
}
