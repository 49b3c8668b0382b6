namespace Aspire.Hosting.Dashboard.Telemetry;

/// <summary>The newest structured logs of every resource.</summary>
public sealed class LogStore
{
    private readonly Lock _gate = new();
    private readonly BoundedQueues<LogEntry> _queues;
    private long _version;
    private long _count;

    internal LogStore(TelemetryLimits limits) => _queues = new BoundedQueues<LogEntry>(limits.LogsPerResource, limits.LogBytes);

    /// <summary>Rises with every change.</summary>
    public long Version => Volatile.Read(ref _version);

    /// <summary>Logs that had to make room.</summary>
    public long DroppedCount
    {
        get
        {
            lock (_gate)
            {
                return _queues.DroppedCount;
            }
        }
    }

    internal void Add(IReadOnlyList<LogEntry> logs)
    {
        if (logs.Count == 0)
        {
            return;
        }

        lock (_gate)
        {
            foreach (LogEntry log in logs)
            {
                log.Number = ++_count;
                _queues.Add(log.Resource.Name, log);
            }

            _version++;
        }
    }

    /// <summary>All logs, or those of one resource; oldest first within each.</summary>
    public IReadOnlyList<LogEntry> Snapshot(string? resource = null)
    {
        lock (_gate)
        {
            return _queues.Snapshot(resource);
        }
    }

    internal void Clear()
    {
        lock (_gate)
        {
            _queues.Clear();
            _version++;
        }
    }
}
