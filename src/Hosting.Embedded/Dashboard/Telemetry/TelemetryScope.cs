namespace Aspire.Hosting.Dashboard.Telemetry;

/// <summary>Which library or source within the process.</summary>
public sealed record TelemetryScope(string Name, string Version);
