namespace Aspire.Hosting.ApplicationModel;

/// <summary>Names of the properties that the dashboard shows.</summary>
internal static class KnownProperties
{
    public const string WaitingFor = "resource.waitingFor";
    public const string ProcessId = "executable.pid";
    public const string Source = "resource.source";
    public const string HealthReport = "resource.healthReport";
}
