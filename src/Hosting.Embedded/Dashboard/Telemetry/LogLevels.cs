namespace Aspire.Hosting.Dashboard.Telemetry;

/// <summary>OTLP's severity numbers as .NET's levels.</summary>
public static class LogLevels
{
    /// <summary>An unspecified severity (0) counts as information.</summary>
    public static LogLevelName Of(int severity) => severity switch
    {
        <= 0 => LogLevelName.Information,
        <= 4 => LogLevelName.Trace,
        <= 8 => LogLevelName.Debug,
        <= 12 => LogLevelName.Information,
        <= 16 => LogLevelName.Warning,
        <= 20 => LogLevelName.Error,
        _ => LogLevelName.Critical,
    };
}
