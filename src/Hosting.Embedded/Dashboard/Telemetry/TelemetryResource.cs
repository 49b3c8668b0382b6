namespace Aspire.Hosting.Dashboard.Telemetry;

/// <summary>Who sent it: one process of a service.</summary>
/// <param name="Name">service.name, which is the resource's name in the application.</param>
/// <param name="InstanceId">service.instance.id; several where a service has replicas or was started again.</param>
public sealed record TelemetryResource(string Name, string InstanceId, IReadOnlyList<TelemetryAttribute> Attributes);
