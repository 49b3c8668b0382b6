using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Ratchet.TestKit.Servers;

namespace Ratchet.EndToEnd.Tests;

/// <summary>A Ratchet with two gateways and two inference services, which share a Redis where this stack has its client.</summary>
public sealed class ReplicatedRatchet : IAsyncLifetime
{
    public const int RequestsPerMinute = 30;

    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(5);

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("ratchet-replicas-");
    private readonly RedisProcess _redis = new();
    private DistributedApplication? _app;

    /// <summary>Calls each gateway by its own address.</summary>
    public IReadOnlyList<HttpClient> Gateways { get; private set; } = [];

    public int InferenceCount => AddressesOf("inference").Length;

    public bool HasRedis { get; } = HostProgram.IsAspire && RedisProcess.IsInstalled;

    public async ValueTask InitializeAsync()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        string[] arguments = ["--data", _data.FullName, "--gateway-replicas", "2", "--inference-replicas", "2"];
        if (HasRedis)
        {
            await _redis.StartAsync();
            arguments = [.. arguments, "--redis", "external", $"--ConnectionStrings:redis={_redis.Address}"];
        }

        IDistributedApplicationTestingBuilder builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(
            arguments, (options, _) => options.EnableResourceLogging = false);
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
        ProjectResource[] services = [.. builder.Resources.OfType<ProjectResource>()];
        builder.CreateResourceBuilder(services.Single(service => service.Name == "gateway")).WithEnvironment(
            context => context.EnvironmentVariables["Gateway__Limits__RequestsPerMinute"] = $"{RequestsPerMinute}");
        _app = await builder.BuildAsync().WaitAsync(StartPatience);
        await _app.StartAsync().WaitAsync(StartPatience);
        foreach (ProjectResource service in services)
        {
            await _app.ResourceNotifications.WaitForResourceHealthyAsync(service.Name).WaitAsync(StartPatience);
        }

        while (AddressesOf("gateway").Length < 2 || AddressesOf("inference").Length < 2)
        {
            await Task.Delay(100);
        }

        Gateways = [.. AddressesOf("gateway").Select(address => new HttpClient { BaseAddress = new Uri(address), Timeout = TimeSpan.FromMinutes(2) })];
        foreach (HttpClient gateway in Gateways)
        {
            await UntilHealthyAsync(gateway);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (HttpClient gateway in Gateways)
        {
            gateway.Dispose();
        }

        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        await _redis.DisposeAsync();
        _data.Delete(recursive: true);
    }

    private static async Task UntilHealthyAsync(HttpClient service)
    {
        using var patience = new CancellationTokenSource(StartPatience);
        while (true)
        {
            try
            {
                using HttpResponseMessage response = await service.GetAsync(new Uri("health", UriKind.Relative), patience.Token);
                if (response.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }

            await Task.Delay(200, patience.Token);
        }
    }

    private string[] AddressesOf(string service) =>
    [
        .. ServiceProcess.On(_data.FullName)
            .Where(process => process.Variable("OTEL_SERVICE_NAME") == service)
            .Select(process => process.Address)
            .OfType<string>()
            .Distinct()
            .Order(StringComparer.Ordinal),
    ];
}
