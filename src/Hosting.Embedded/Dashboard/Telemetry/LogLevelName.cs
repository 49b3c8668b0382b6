namespace Aspire.Hosting.Dashboard.Telemetry;

/// <summary>The levels that people filter by, from the least to the worst.</summary>
public enum LogLevelName
{
    Trace,
    Debug,
    Information,
    Warning,
    Error,
    Critical,
}
