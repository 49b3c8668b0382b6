namespace Aspire.Hosting.Dashboard.Telemetry;

/// <summary>How much is kept. What comes from outside has a bound in number and in bytes; the oldest goes first.</summary>
public sealed record TelemetryLimits
{
    /// <summary>Structured logs kept per resource.</summary>
    public int LogsPerResource { get; init; } = 10_000;

    /// <summary>Traces kept per resource (the one whose span came first).</summary>
    public int TracesPerResource { get; init; } = 10_000;

    /// <summary>Points of metrics kept per resource.</summary>
    public int PointsPerResource { get; init; } = 50_000;

    /// <summary>Spans kept of one trace; the later ones are only counted.</summary>
    public int SpansPerTrace { get; init; } = 10_000;

    /// <summary>Processes told apart; a delivery of one more is refused.</summary>
    public int Resources { get; init; } = 500;

    /// <summary>Instruments of a resource, and series (sets of dimensions) of an instrument.</summary>
    public int InstrumentsPerResource { get; init; } = 1_000;

    public int SeriesPerInstrument { get; init; } = 1_000;

    /// <summary>Bytes of all traces, of all logs, and of the points of all metrics, as estimated.</summary>
    public long TraceBytes { get; init; } = 192L * 1024 * 1024;

    public long LogBytes { get; init; } = 96L * 1024 * 1024;

    public long MetricBytes { get; init; } = 96L * 1024 * 1024;

    /// <summary>Attributes of one span, log, event or resource.</summary>
    public static int AttributesMax => 128;

    /// <summary>Events and links of one span, and elements of one list or map.</summary>
    public static int ElementsMax => 128;

    /// <summary>Characters of one value; a longer one is cut and says so.</summary>
    public static int TextMax => 32 * 1024;

    /// <summary>Buckets of one point of a histogram.</summary>
    public static int BucketsMax => 512;
}
