namespace Aspire.Hosting.Dashboard.Telemetry;

/// <summary>A line that a resource wrote, with the time at which the dashboard saw it.</summary>
public sealed record ConsoleLine(string Resource, long Number, DateTimeOffset Time, string Content, bool IsError);
