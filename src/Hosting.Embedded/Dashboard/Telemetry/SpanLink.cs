namespace Aspire.Hosting.Dashboard.Telemetry;

/// <summary>Another span that this one belongs with.</summary>
public sealed record SpanLink(TraceId TraceId, SpanId SpanId, IReadOnlyList<TelemetryAttribute> Attributes);
