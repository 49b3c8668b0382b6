using Aspire.Hosting.ApplicationModel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Dashboard;

/// <summary>Serves the dashboard inside the host's process.</summary>
internal sealed class DashboardServer(
    IConfiguration configuration, ResourceNotificationService notifications, ResourceLoggerService logs, ResourceCommandService commands,
    ILogger<DistributedApplication> logger) : IHostedService, IAsyncDisposable
{
    private WebApplication? _app;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        string address = configuration[DashboardAddress.UrlsKey]!;
        string token = configuration[DistributedApplicationBuilder.BrowserTokenKey]!;
        bool isAnonymousAllowed = configuration.GetValue<bool>("ASPIRE_DASHBOARD_UNSECURED_ALLOW_ANONYMOUS");

        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            ContentRootPath = AppContext.BaseDirectory,
            ApplicationName = typeof(DashboardServer).Assembly.GetName().Name,
        });
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(address);
        builder.Services.AddRazorComponents();

        _app = builder.Build();
        var access = new BrowserAccess(token, configuration[DistributedApplicationBuilder.OtlpApiKeyKey]!, isAnonymousAllowed);
        new DashboardRoutes(notifications, logs, commands, access, new TelemetryIntake()).Map(_app);
        await _app.StartAsync(cancellationToken);

        DistributedApplication.LogLine(logger, $"Now listening on: {address}", null);
        if (!isAnonymousAllowed)
        {
            DistributedApplication.LogLine(logger, $"Login to the dashboard at {address}/login?t={token}", null);
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_app is not null)
        {
            // Live streams never end by themselves; they must not hold up the stop.
            using var soon = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            soon.CancelAfter(TimeSpan.FromSeconds(1));
            await _app.StopAsync(soon.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }
    }
}
