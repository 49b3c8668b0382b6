using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Security.Cryptography;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard;
using Aspire.Hosting.Orchestration;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting;

/// <summary>Gathers the resources of an application that this machine runs as plain processes.</summary>
public sealed class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    internal const string BrowserTokenKey = "AppHost:BrowserToken";
    internal const string OtlpApiKeyKey = "AppHost:OtlpApiKey";

    private readonly HostApplicationBuilder _inner;
    private readonly DistributedApplicationOptions _options;
    private readonly EntryPointRun? _test = EntryPointRun.Current;

    public DistributedApplicationBuilder(string[] args)
        : this(new DistributedApplicationOptions { Args = args })
    {
    }

    public DistributedApplicationBuilder(DistributedApplicationOptions options)
    {
        _options = options;
        _test?.OnConstructing(options);
        AppHostAssembly = options.AssemblyName is { } name ? Assembly.Load(name) : Assembly.GetEntryAssembly();
        AppHostDirectory = options.ProjectDirectory ?? FindProjectFolder(AppHostAssembly) ?? Directory.GetCurrentDirectory();

        // `dotnet run` has put the launch profile's variables into the environment; a program started directly has not.
        LaunchProfile? profile = System.Environment.GetEnvironmentVariable("DOTNET_LAUNCH_PROFILE") is null
            ? LaunchProfile.Read(Path.Combine(AppHostDirectory, "AppHost.csproj"), chosen: null, mustExist: false)
            : null;
        Dictionary<string, string?> defaults = DefaultsOf(profile);
        _inner = new HostApplicationBuilder(new HostApplicationBuilderSettings
        {
            Args = options.Args,
            ContentRootPath = AppHostDirectory,
            EnvironmentName = System.Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT") ?? defaults.GetValueOrDefault("DOTNET_ENVIRONMENT"),
        });
        _inner.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = defaults });
        _inner.Configuration.AddInMemoryCollection(_test?.Settings ?? []);
        AddSecret(BrowserTokenKey, _inner.Configuration["ASPIRE_DASHBOARD_FRONTEND_BROWSERTOKEN"]);
        AddSecret(OtlpApiKeyKey, _inner.Configuration["ASPIRE_DASHBOARD_OTLP_PRIMARYAPIKEY"]);
        ConfigureLogging();
    }

    public ConfigurationManager Configuration => _inner.Configuration;

    public string AppHostDirectory { get; }

    public Assembly? AppHostAssembly { get; }

    public IHostEnvironment Environment => _inner.Environment;

    public IServiceCollection Services => _inner.Services;

    public DistributedApplicationExecutionContext ExecutionContext { get; } = new(DistributedApplicationOperation.Run);

    public IResourceCollection Resources { get; } = new ResourceCollection();

    public IResourceBuilder<T> AddResource<T>(T resource)
        where T : IResource
    {
        Resources.Add(resource);
        return CreateResourceBuilder(resource);
    }

    public IResourceBuilder<T> CreateResourceBuilder<T>(T resource)
        where T : IResource => new ResourceBuilder<T>(this, resource);

    [SuppressMessage("Reliability", "CA2000:Dispose objects before losing scope", Justification = "The application owns its host.")]
    public DistributedApplication Build()
    {
        _test?.OnBuilding(this);
        bool hasDashboard = !_options.DisableDashboard;
        if (hasDashboard)
        {
            DashboardAddress.Settle(Configuration);
        }

        var notifications = new ResourceNotificationService
        {
            // Where nobody can start a resource by hand, waiting for one that has failed would be for ever.
            DefaultWaitBehavior = hasDashboard ? WaitBehavior.WaitOnResourceUnavailable : WaitBehavior.StopOnResourceUnavailable,
        };
        Services.AddSingleton(notifications);
        Services.AddSingleton(new ResourceLoggerService());
        Services.AddSingleton(services => new ResourceCommandService(notifications, services.GetRequiredService<ResourceLoggerService>(), services));
        Services.AddSingleton(ExecutionContext);
        Services.AddSingleton(new DistributedApplicationModel(Resources));
        Services.AddSingleton(OrchestratorOptions.From(Configuration, _options.EnableResourceLogging));
        Services.AddSingleton(DashboardAddress.Otlp(Configuration, hasDashboard, Environment.IsDevelopment()));
        if (hasDashboard)
        {
            Services.AddHostedService<DashboardServer>();
        }

        Services.AddHealthChecks();
        Services.AddHostedService<Orchestrator>();
        Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(60));
        IHost host = _inner.Build();
        notifications.Services = host.Services;
        var application = new DistributedApplication(host, isDriven: _test is not null);
        _test?.OnBuilt(application);
        return application;
    }

    private static Dictionary<string, string?> DefaultsOf(LaunchProfile? profile)
    {
        Dictionary<string, string?> defaults = profile?.EnvironmentVariables.ToDictionary(pair => pair.Key, string? (pair) => pair.Value) ?? [];
        if (profile is { ApplicationUrls.Count: > 0 })
        {
            defaults["ASPNETCORE_URLS"] = string.Join(';', profile.ApplicationUrls.Select(url => url.GetLeftPart(UriPartial.Authority)));
        }

        return defaults;
    }

    private static string? FindProjectFolder(Assembly? assembly) => assembly?.GetCustomAttributes<AssemblyMetadataAttribute>()
        .FirstOrDefault(metadata => metadata.Key == "apphostprojectpath")?.Value;

    private void AddSecret(string key, string? given) => _inner.Configuration.AddInMemoryCollection(
        [new(key, given ?? _inner.Configuration[key] ?? RandomNumberGenerator.GetHexString(32, lowercase: true))]);

    private void ConfigureLogging()
    {
        // Our own lines say that it has started and how to stop it.
        _inner.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);
        _inner.Logging.AddFilter("Microsoft", LogLevel.Warning);
    }
}
