namespace Aspire.Hosting.Dashboard.Telemetry;

/// <summary>What had to make room or was not taken, for the notice on the pages.</summary>
public sealed record TelemetryDrops(long Traces, long Spans, long Logs, long Points, long Refused)
{
    public static TelemetryDrops Of(TelemetryStore store) => new(
        store.Traces.DroppedCount, store.Traces.DroppedSpanCount, store.Logs.DroppedCount, store.Metrics.DroppedPointCount,
        store.RefusedCount + store.Metrics.RefusedPointCount);
}
