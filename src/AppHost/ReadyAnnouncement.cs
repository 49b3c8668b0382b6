using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Ratchet.AppHost;

/// <summary>Says where to go, once everything answers.</summary>
internal sealed class ReadyAnnouncement(
    IResourceCollection resources, ResourceNotificationService notifications, IConfiguration configuration) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        ProjectResource[] services = [.. resources.OfType<ProjectResource>()];
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

    // Both hosts keep the token and the address under these keys.
    private string Dashboard() => configuration["ASPNETCORE_URLS"]?.Split(';')[0] is { Length: > 0 } address
        ? configuration["AppHost:BrowserToken"] is { } token ? $"{address}/login?t={token}" : address
        : "off";
}
