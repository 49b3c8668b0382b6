using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting;

/// <summary>An application that is ready to run, or runs.</summary>
public sealed class DistributedApplication : IHost, IAsyncDisposable
{
    // Event id 0, as upstream's lines have it: people and programs search the console for them.
    internal static readonly Action<ILogger, string, Exception?> LogLine = LoggerMessage.Define<string>(LogLevel.Information, 0, "{Line}");

    private readonly IHost _host;
    private readonly bool _isDriven;
    private readonly ILogger _logger;

    internal DistributedApplication(IHost host, bool isDriven)
    {
        _host = host;
        _isDriven = isDriven;
        _logger = host.Services.GetRequiredService<ILogger<DistributedApplication>>();
    }

    public IServiceProvider Services => _host.Services;

    public ResourceNotificationService ResourceNotifications => Services.GetRequiredService<ResourceNotificationService>();

    public ResourceCommandService ResourceCommands => Services.GetRequiredService<ResourceCommandService>();

    public static IDistributedApplicationBuilder CreateBuilder() => CreateBuilder([]);

    public static IDistributedApplicationBuilder CreateBuilder(string[] args) => new DistributedApplicationBuilder(args);

    public static IDistributedApplicationBuilder CreateBuilder(DistributedApplicationOptions options) =>
        new DistributedApplicationBuilder(options);

    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        LogLine(_logger, "Distributed application starting.", null);
        await _host.StartAsync(cancellationToken);
        LogLine(_logger, "Distributed application started. Press Ctrl+C to shut down.", null);
    }

    public Task StopAsync(CancellationToken cancellationToken = default) => _host.StopAsync(cancellationToken);

    /// <summary>Starts, and ends on Ctrl+C or SIGTERM.</summary>
    public async Task RunAsync(CancellationToken cancellationToken = default)
    {
        if (_isDriven)
        {
            // A test starts and stops the application itself; its entry point has no more to do.
            await _host.WaitForShutdownAsync(cancellationToken);
            return;
        }

        await using (this)
        {
            await StartAsync(cancellationToken);
            await _host.WaitForShutdownAsync(cancellationToken);
        }
    }

    public void Run() => RunAsync().GetAwaiter().GetResult();

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    public async ValueTask DisposeAsync()
    {
        // Whoever lets go of a running application wants its processes gone as well.
        try
        {
            await _host.StopAsync();
        }
        catch (ObjectDisposedException)
        {
            return;
        }

        _host.Dispose();
    }
}
