namespace Aspire.Hosting.Dashboard.Telemetry;

/// <summary>How a span ended, with OTLP's numbers.</summary>
public enum SpanStatus
{
    Unset = 0,
    Ok = 1,
    Error = 2,
}
