namespace Aspire.Hosting.Dashboard.Telemetry;

/// <summary>One structured log record.</summary>
public sealed record LogEntry : IKept
{
    public required TelemetryResource Resource { get; init; }

    public required TelemetryScope Scope { get; init; }

    /// <summary>Its place in the order of arrival, set by the store.</summary>
    public long Number { get; set; }

    /// <summary>Nanoseconds since 1970.</summary>
    public long Time { get; init; }

    /// <summary>OTLP's number: 1 to 4 trace, 5 to 8 debug, 9 to 12 info, 13 to 16 warn, 17 to 20 error, 21 to 24 fatal.</summary>
    public int Severity { get; init; }

    public string SeverityText { get; init; } = "";

    public required string Message { get; init; }

    public string EventName { get; init; } = "";

    public TraceId TraceId { get; init; }

    public SpanId SpanId { get; init; }

    public IReadOnlyList<TelemetryAttribute> Attributes { get; init; } = [];

    public int DroppedAttributeCount { get; init; }

    public long Bytes { get; init; }

    public LogLevelName Level => LogLevels.Of(Severity);
}
