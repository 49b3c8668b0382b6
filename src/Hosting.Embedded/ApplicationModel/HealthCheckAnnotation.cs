namespace Aspire.Hosting.ApplicationModel;

/// <summary>The resource is healthy only while this check of the host's health check service is.</summary>
public sealed class HealthCheckAnnotation(string key) : IResourceAnnotation
{
    public string Key { get; } = key;
}
