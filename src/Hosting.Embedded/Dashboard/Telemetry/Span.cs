namespace Aspire.Hosting.Dashboard.Telemetry;

/// <summary>One piece of work within a trace. Times are nanoseconds since 1970.</summary>
public sealed record Span
{
    public required TelemetryResource Resource { get; init; }

    public required TelemetryScope Scope { get; init; }

    public required TraceId TraceId { get; init; }

    public required SpanId Id { get; init; }

    /// <summary>Empty for the root of a trace.</summary>
    public SpanId ParentId { get; init; }

    public required string Name { get; init; }

    public SpanKind Kind { get; init; }

    public long Start { get; init; }

    public long End { get; init; }

    public SpanStatus Status { get; init; }

    public string StatusMessage { get; init; } = "";

    public string TraceState { get; init; } = "";

    public IReadOnlyList<TelemetryAttribute> Attributes { get; init; } = [];

    public IReadOnlyList<SpanEvent> Events { get; init; } = [];

    public IReadOnlyList<SpanLink> Links { get; init; } = [];

    /// <summary>Attributes that the sender or the limit has left out.</summary>
    public int DroppedAttributeCount { get; init; }

    /// <summary>Estimated memory.</summary>
    public int Bytes { get; init; }

    public bool IsError => Status == SpanStatus.Error;

    /// <summary>Nanoseconds; zero where the clock went backwards.</summary>
    public long Duration => Math.Max(0, End - Start);
}
