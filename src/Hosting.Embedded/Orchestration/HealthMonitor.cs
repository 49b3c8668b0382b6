using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.Orchestration;

/// <summary>Asks a running resource how it is, and shows the answer. It never stops or restarts anything.</summary>
internal sealed class HealthMonitor(ResourceInstance instance, ResourceNotificationService notifications, HealthCheckService service, TimeProvider clock)
{
    private static readonly TimeSpan WhileHealthy = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan WhileUnhealthyMax = TimeSpan.FromSeconds(5);

    // Upstream looks once a second. Services here start in less, and each waits for the one before it.
    private static readonly TimeSpan WhileStarting = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private readonly HttpHealthCheckAnnotation[] _checks = [.. instance.Resource.Annotations.OfType<HttpHealthCheckAnnotation>()];

    private readonly string[] _keys = [.. instance.Resource.Annotations.OfType<HealthCheckAnnotation>().Select(check => check.Key)];

    public bool HasChecks => _checks.Length + _keys.Length > 0;

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false };
        using var client = new HttpClient(handler) { Timeout = Timeout };
        bool wasHealthy = false;
        var pause = TimeSpan.Zero;
        while (!cancellationToken.IsCancellationRequested)
        {
            HealthReportSnapshot[] reports = await Task.WhenAll(
                [.. _checks.Select(check => AskAsync(client, check, cancellationToken)), .. _keys.Select(key => AskAsync(key, cancellationToken))]);
            string? fault = reports.FirstOrDefault(report => report.Status != HealthStatus.Healthy) is { } sick
                ? sick.Description ?? $"{sick.Name} is {sick.Status}"
                : null;
            await notifications.PublishUpdateAsync(instance.Resource, instance.Id, now => (now with
            {
                HealthStatus = fault is null ? HealthStatus.Healthy : HealthStatus.Unhealthy,
                HealthReports = [.. reports],
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

    /// <summary>The checks as they stand before any has answered.</summary>
    public IEnumerable<HealthReportSnapshot> Unasked() =>
        _checks.Select(KeyOf).Concat(_keys).Select(key => new HealthReportSnapshot(key, null, null, null));

    // A check of the AppHost's own. What it throws, the service turns into a report.
    private async Task<HealthReportSnapshot> AskAsync(string key, CancellationToken cancellationToken)
    {
        HealthReport report = await service.CheckHealthAsync(registration => registration.Name == key, cancellationToken);
        HealthReportEntry entry = report.Entries[key];
        return new HealthReportSnapshot(key, entry.Status, entry.Description, entry.Exception?.ToString())
        {
            LastRunAt = clock.GetUtcNow().UtcDateTime,
        };
    }

    private async Task<HealthReportSnapshot> AskAsync(HttpClient client, HttpHealthCheckAnnotation check, CancellationToken cancellationToken)
    {
        string url = new Uri(new Uri(instance.UrlOf(EndpointOf(check))), check.Path).ToString();
        string? fault = null, thrown = null;
        try
        {
            using HttpResponseMessage response = await client.GetAsync(new Uri(url), cancellationToken);
            if ((int)response.StatusCode != check.StatusCode)
            {
                fault = string.Create(
                    CultureInfo.InvariantCulture, $"{url} answered {(int)response.StatusCode}; {check.StatusCode} is needed.");
            }
        }
        catch (HttpRequestException e)
        {
            fault = $"{url} did not answer: {e.Message}";
            thrown = e.ToString();
        }
        catch (TaskCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            fault = string.Create(CultureInfo.InvariantCulture, $"{url} did not answer within {Timeout.TotalSeconds:0} s.");
            thrown = e.ToString();
        }

        return new HealthReportSnapshot(KeyOf(check), fault is null ? HealthStatus.Healthy : HealthStatus.Unhealthy, fault, thrown)
        {
            LastRunAt = clock.GetUtcNow().UtcDateTime,
        };
    }

    private string KeyOf(HttpHealthCheckAnnotation check) => string.Create(
        CultureInfo.InvariantCulture, $"{instance.Resource.Name}_{EndpointOf(check).Name}_{check.Path}_{check.StatusCode}_check");

    private EndpointAnnotation EndpointOf(HttpHealthCheckAnnotation check)
    {
        EndpointAnnotation[] endpoints = [.. instance.Resource.Annotations.OfType<EndpointAnnotation>()];
        return (check.EndpointName is { } name
            ? endpoints.FirstOrDefault(endpoint => string.Equals(endpoint.Name, name, StringComparison.OrdinalIgnoreCase))
            : endpoints.FirstOrDefault(endpoint => endpoint.UriScheme == "https")
                ?? endpoints.FirstOrDefault(endpoint => endpoint.UriScheme == "http"))
            ?? throw new DistributedApplicationException(
                $"Resource '{instance.Resource.Name}' has a health check but no {check.EndpointName ?? "http"} endpoint. Its "
                + "launchSettings.json needs an applicationUrl, or its line in Program.cs a WithHttpEndpoint().");
    }
}
