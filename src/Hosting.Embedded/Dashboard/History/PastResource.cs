using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.Dashboard.History;

/// <summary>A resource as it is written into a run's file; secrets stay out of it.</summary>
internal sealed record PastResource(
    string Id, string Name, bool IsParameter, string ResourceType, string? State, string? Style, int? ExitCode, HealthStatus? Health, DateTime? Started,
    DateTime? Stopped, IReadOnlyList<KeyValuePair<string, string?>> Properties, IReadOnlyList<UrlSnapshot> Urls,
    IReadOnlyList<EnvironmentVariableSnapshot> Variables)
{
    private const string Mask = "********";

    public static string ToJson(ResourceEvent one)
    {
        CustomResourceSnapshot now = one.Snapshot;
        return JsonSerializer.Serialize(new PastResource(
            one.ResourceId, one.Resource.Name, one.Resource is ParameterResource, now.ResourceType, now.State?.Text, now.State?.Style, now.ExitCode,
            now.HealthStatus, now.StartTimeStamp, now.StopTimeStamp,
            [
                .. now.Properties.Select(property => KeyValuePair.Create(
                    property.Name, DashboardPages.IsSecret(property.Name) ? Mask : property.Value?.ToString())),
            ],
            [.. now.Urls],
            [.. now.EnvironmentVariables.Select(variable => DashboardPages.IsSecret(variable.Name) ? variable with { Value = Mask } : variable)]));
    }

    /// <summary>Null for text that is no such resource.</summary>
    public static ResourceEvent? FromJson(string json)
    {
        if (JsonSerializer.Deserialize<PastResource>(json) is not { } past)
        {
            return null;
        }

        IResource resource = past.IsParameter ? new ParameterResource(past.Name, _ => "") : new NamedResource(past.Name);
        return new ResourceEvent(resource, past.Id, new CustomResourceSnapshot
        {
            ResourceType = past.ResourceType,
            State = past.State is null ? null : new ResourceStateSnapshot(past.State, past.Style),
            ExitCode = past.ExitCode,
            HealthStatus = past.Health,
            StartTimeStamp = past.Started,
            StopTimeStamp = past.Stopped,
            Properties = [.. past.Properties.Select(property => new ResourcePropertySnapshot(property.Key, property.Value))],
            Urls = [.. past.Urls],
            EnvironmentVariables = [.. past.Variables],
        });
    }

    private sealed class NamedResource(string name) : Resource(name);
}
