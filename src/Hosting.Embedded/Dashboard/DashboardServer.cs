using System.Diagnostics.CodeAnalysis;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard.History;
using Aspire.Hosting.Dashboard.Otlp;
using Aspire.Hosting.Dashboard.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Dashboard;

/// <summary>Serves the dashboard inside the host's process.</summary>
internal sealed partial class DashboardServer(
    IConfiguration configuration, ResourceNotificationService notifications, ResourceLoggerService logs, ResourceCommandService commands,
    ILogger<DistributedApplication> logger) : IHostedService, IAsyncDisposable
{
    private WebApplication? _app;
    private RunRecorder? _recorder;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var options = DashboardOptions.From(configuration);
        RunArchive? archive = OpenArchive(options);
        _recorder = archive is null
            ? null
            : new RunRecorder(archive.CurrentPath, TimeProvider.System, fault => LogHistoryFault(logger, archive.CurrentPath, fault.Message));
        _app = Create(options, notifications, logs, commands, new TelemetryStore(), archive, _recorder);
        await _app.StartAsync(cancellationToken);

        DistributedApplication.LogLine(logger, $"Now listening on: {options.Address}", null);
        if (!options.IsAnonymousAllowed)
        {
            DistributedApplication.LogLine(logger, $"Login to the dashboard at {options.Address}/login?t={options.BrowserToken}", null);
        }

        if (options.GrpcAddress is not null)
        {
            DistributedApplication.LogLine(logger, $"OTLP/gRPC listening on: {options.GrpcAddress}", null);
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

        if (_recorder is not null)
        {
            await _recorder.DisposeAsync();
        }
    }

    [SuppressMessage("Reliability", "CA2000:Dispose objects before losing scope", Justification = "The caller owns it.")]
    internal static WebApplication Create(
        DashboardOptions options, ResourceNotificationService notifications, ResourceLoggerService logs, ResourceCommandService commands,
        TelemetryStore store, RunArchive? archive = null, RunRecorder? recorder = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            ContentRootPath = AppContext.BaseDirectory,
            ApplicationName = typeof(DashboardServer).Assembly.GetName().Name,
        });
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls([.. options.Addresses]);
        int? grpcPort = options.GrpcAddress is { } grpc ? new Uri(grpc).Port : null;
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = OtlpBody.BytesMax + 1024;
            kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = endpoint.IPEndPoint?.Port == grpcPort && grpcPort is not null
                ? HttpProtocols.Http2
                : HttpProtocols.Http1);
        });
        if (options.Addresses.Any(address => address.StartsWith("https:", StringComparison.OrdinalIgnoreCase)))
        {
            builder.WebHost.UseKestrelHttpsConfiguration();
        }

        builder.Services.AddRazorComponents();
        var console = new ConsoleStore();
        builder.Services.AddHostedService(_ => new ConsoleWatcher(notifications, logs, console, recorder, TimeProvider.System));
        WebApplication app = builder.Build();
        var frames = new DashboardFrames(notifications, store, console, archive, TimeProvider.System);
        var intake = new OtlpIntake(store, recorder is null ? new NoRecorder() : recorder);
        new DashboardRoutes(frames, commands, new BrowserAccess(options), intake).Map(app);
        return app;
    }

    private RunArchive? OpenArchive(DashboardOptions options)
    {
        try
        {
            return options.DataFolder is null ? null : new RunArchive(options.DataFolder, TimeProvider.System);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Without a history there is still a dashboard.
            LogHistoryFault(logger, options.DataFolder!, e.Message);
            return null;
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The dashboard keeps no history of this run: {Path} cannot be written ({Reason}). Free the disk or name another --data.")]
    private static partial void LogHistoryFault(ILogger logger, string path, string reason);
}
