namespace Aspire.Hosting.Dashboard.Telemetry;

/// <summary>A series as it was at one moment.</summary>
public sealed record SeriesView(IReadOnlyList<TelemetryAttribute> Dimensions, IReadOnlyList<MetricPoint> Points);
