using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.Orchestration;

/// <summary>Asks a running resource how it is, and shows the answer. It never stops or restarts anything.</summary>
internal sealed class HealthMonitor(IResource resource, ResourceNotificationService notifications)
{
    private static readonly TimeSpan WhileHealthy = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan WhileUnhealthyMax = TimeSpan.FromSeconds(5);

    // Upstream looks once a second. Services here start in less, and each waits for the one before it.
    private static readonly TimeSpan WhileStarting = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private readonly HttpHealthCheckAnnotation[] _checks = [.. resource.Annotations.OfType<HttpHealthCheckAnnotation>()];

    public bool HasChecks => _checks.Length > 0;

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false };
        using var client = new HttpClient(handler) { Timeout = Timeout };
        bool wasHealthy = false;
        var pause = TimeSpan.Zero;
        while (!cancellationToken.IsCancellationRequested)
        {
            string? fault = await FindFaultAsync(client, cancellationToken);
            await notifications.PublishUpdateAsync(resource, now => (now with
            {
                HealthStatus = fault is null ? HealthStatus.Healthy : HealthStatus.Unhealthy,
            }).WithProperty(KnownProperties.HealthReport, fault));

            if (fault is null)
            {
                wasHealthy = true;
                pause = TimeSpan.Zero;
            }
            else if (wasHealthy)
            {
                pause = pause + TimeSpan.FromSeconds(1) is var longer && longer < WhileUnhealthyMax ? longer : WhileUnhealthyMax;
            }

            await Task.Delay(fault is null ? WhileHealthy : wasHealthy ? pause : WhileStarting, cancellationToken);
        }
    }

    private async Task<string?> FindFaultAsync(HttpClient client, CancellationToken cancellationToken)
    {
        foreach (HttpHealthCheckAnnotation check in _checks)
        {
            string url = new Uri(new Uri(EndpointOf(check).Url), check.Path).ToString();
            try
            {
                using HttpResponseMessage response = await client.GetAsync(new Uri(url), cancellationToken);
                if ((int)response.StatusCode != check.StatusCode)
                {
                    return string.Create(
                        CultureInfo.InvariantCulture, $"{url} answered {(int)response.StatusCode}; {check.StatusCode} is needed.");
                }
            }
            catch (HttpRequestException e)
            {
                return $"{url} did not answer: {e.Message}";
            }
            catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{url} did not answer within {Timeout.TotalSeconds:0} s.");
            }
        }

        return null;
    }

    private EndpointReference EndpointOf(HttpHealthCheckAnnotation check)
    {
        var owner = (IResourceWithEndpoints)resource;
        EndpointAnnotation[] endpoints = [.. resource.Annotations.OfType<EndpointAnnotation>()];
        string name = check.EndpointName
            ?? endpoints.FirstOrDefault(endpoint => endpoint.UriScheme == "https")?.Name
            ?? endpoints.FirstOrDefault(endpoint => endpoint.UriScheme == "http")?.Name
            ?? throw new DistributedApplicationException(
                $"Resource '{resource.Name}' has a health check but no http endpoint. Its launchSettings.json needs an applicationUrl, "
                + "or its line in Program.cs a WithHttpEndpoint().");
        return new EndpointReference(owner, name);
    }
}
