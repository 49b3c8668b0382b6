using System.Collections.Concurrent;

namespace Aspire.Hosting.Dashboard.Telemetry;

/// <summary>What services have told of themselves: in memory, bounded, the oldest dropped.</summary>
public sealed class TelemetryStore
{
    private readonly ConcurrentDictionary<(string Name, string InstanceId), TelemetryResource> _resources = new();
    private readonly ConcurrentDictionary<(string Name, string Version), TelemetryScope> _scopes = new();
    private readonly TelemetryLimits _limits;
    private long _deliveryCount;
    private long _byteCount;
    private long _refusedCount;

    public TelemetryStore(TelemetryLimits? limits = null)
    {
        _limits = limits ?? new TelemetryLimits();
        Traces = new TraceStore(_limits);
        Logs = new LogStore(_limits);
        Metrics = new MetricStore(_limits);
    }

    public TraceStore Traces { get; }

    public LogStore Logs { get; }

    public MetricStore Metrics { get; }

    public long DeliveryCount => Volatile.Read(ref _deliveryCount);

    public long ByteCount => Volatile.Read(ref _byteCount);

    /// <summary>Spans, logs and points that came from more processes than are told apart.</summary>
    public long RefusedCount => Volatile.Read(ref _refusedCount);

    /// <summary>Who has sent anything, by name and instance.</summary>
    public IReadOnlyList<TelemetryResource> Resources =>
        [.. _resources.Values.OrderBy(one => one.Name, StringComparer.Ordinal).ThenBy(one => one.InstanceId, StringComparer.Ordinal)];

    /// <summary>Forgets all that was taken in, at a person's request.</summary>
    public void Clear()
    {
        Traces.Clear();
        Logs.Clear();
        Metrics.Clear();
        _resources.Clear();
    }

    internal void CountDelivery(int bytes)
    {
        Interlocked.Increment(ref _deliveryCount);
        Interlocked.Add(ref _byteCount, bytes);
    }

    internal void CountRefused(int count) => Interlocked.Add(ref _refusedCount, count);

    /// <summary>The one record for a process, however often it introduces itself; null where there are too many.</summary>
    internal TelemetryResource? Register(string name, string instanceId, IReadOnlyList<TelemetryAttribute> attributes)
    {
        if (_resources.TryGetValue((name, instanceId), out TelemetryResource? known))
        {
            return known;
        }

        return _resources.Count >= _limits.Resources
            ? null
            : _resources.GetOrAdd((name, instanceId), key => new TelemetryResource(key.Name, key.InstanceId, attributes));
    }

    internal TelemetryScope Scope(string name, string version) =>
        _scopes.TryGetValue((name, version), out TelemetryScope? known) ? known
        : _scopes.Count >= _limits.InstrumentsPerResource ? new TelemetryScope(name, version)
        : _scopes.GetOrAdd((name, version), key => new TelemetryScope(key.Name, key.Version));
}
