using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Ratchet.AppHost;

/// <summary>Says where to go, once everything answers.</summary>
internal sealed class ReadyAnnouncement(
    DistributedApplicationModel model, ResourceNotificationService notifications, IConfiguration configuration) : BackgroundService
{
    private const string DashboardResource = "aspire-dashboard";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        ProjectResource[] services = [.. model.Resources.OfType<ProjectResource>()];
        try
        {
            await Task.WhenAll(services.Select(service => notifications.WaitForResourceHealthyAsync(service.Name, stoppingToken)));
        }
        catch (DistributedApplicationException e)
        {
            Console.Error.WriteLine(e.Message);
            return;
        }

        string gateway = services.Single(service => service.Name == "gateway").GetEndpoint("http").Url;
        Console.WriteLine($"""

            Ratchet is ready.
              Chat       {gateway}/
              API        {gateway}/v1
              Dashboard  {Dashboard()}

            """);
    }

    // Upstream's dashboard is a process with an endpoint that may differ from the wish; the embedded one writes its address down.
    private string Dashboard()
    {
        string? address = model.Resources.OfType<IResourceWithEndpoints>()
            .Where(resource => resource.Name == DashboardResource)
            .Select(resource => resource.GetEndpoint("http"))
            .FirstOrDefault(endpoint => endpoint.Exists && endpoint.IsAllocated)?.Url
            ?? configuration["ASPNETCORE_URLS"]?.Split(';')[0];
        return string.IsNullOrEmpty(address) ? "off"
            : configuration["AppHost:BrowserToken"] is { } token ? $"{address}/login?t={token}"
            : address;
    }
}
