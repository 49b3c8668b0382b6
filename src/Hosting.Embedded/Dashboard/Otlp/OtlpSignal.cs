namespace Aspire.Hosting.Dashboard.Otlp;

/// <summary>The three kinds of telemetry.</summary>
public enum OtlpSignal
{
    Traces,
    Metrics,
    Logs,
}
