using System.Net;
using Ratchet.Gateway.Proxy;
using Ratchet.Web.Components.Pages;

namespace Ratchet.Gateway.Pages;

/// <summary>Asks every service now and then how it is, so that a page need not wait for the answer.</summary>
public sealed class ServiceMonitor(IHttpClientFactory clients, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    private volatile IReadOnlyList<ServiceState> _states =
        [.. Services.All.Select(service => new ServiceState(service, ServiceHealth.Unknown))];

    /// <summary>The states as last heard.</summary>
    public IReadOnlyList<ServiceState> States => _states;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            _states = await Task.WhenAll(Services.All.Select(service => AskAsync(service, stoppingToken)));
            await Task.Delay(Pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<ServiceState> AskAsync(string service, CancellationToken cancellation)
    {
        try
        {
            using HttpResponseMessage answer = await clients.CreateClient(service)
                .GetAsync(new Uri("/health", UriKind.Relative), cancellation).WaitAsync(Patience, clock, cancellation);
            return answer.StatusCode == HttpStatusCode.OK
                ? new ServiceState(service, ServiceHealth.Healthy)
                : new ServiceState(service, ServiceHealth.Unhealthy, $"/health: {(int)answer.StatusCode}");
        }
        catch (Exception failure) when (failure is HttpRequestException or TimeoutException or OperationCanceledException)
        {
            return new ServiceState(service, ServiceHealth.Away, failure.Message);
        }
    }
}
