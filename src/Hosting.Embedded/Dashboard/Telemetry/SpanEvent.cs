namespace Aspire.Hosting.Dashboard.Telemetry;

/// <summary>Something that happened at one moment of a span.</summary>
/// <param name="Time">Nanoseconds since 1970.</param>
public sealed record SpanEvent(long Time, string Name, IReadOnlyList<TelemetryAttribute> Attributes);
