using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.ServiceDefaults.Http;
using Ratchet.ServiceDefaults.Json;
using Ratchet.ServiceDefaults.Storage;
using Ratchet.ServiceDefaults.Telemetry;

namespace Ratchet.ServiceDefaults;

/// <summary>What every service has in common: health, telemetry, discovery, keys, errors, its data folder.</summary>
public static class ServiceDefaultsExtensions
{
    private const string LiveTag = "live";

    /// <summary>Call first in Program.cs.</summary>
    /// <param name="builder">The service's builder.</param>
    /// <param name="service">Name of the resource and of the data folder: rag, trainer, inference, gateway.</param>
    public static WebApplicationBuilder AddServiceDefaults(this WebApplicationBuilder builder, string service)
    {
        builder.AddTelemetry();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(_ => OpenData(builder.Configuration, service));
        builder.Services.ConfigureHttpJsonOptions(options => RatchetJson.Apply(options.SerializerOptions));
        builder.Services.AddApiErrors();
        builder.Services.AddServiceHandlers();
        builder.AddStackStores();
        builder.Services.AddOpenApi();
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [LiveTag]);
        return builder;
    }

    /// <summary>Call directly after Build: span details, errors, the service key, /health, /alive, /openapi/v1.json.</summary>
    /// <param name="app">The service.</param>
    /// <param name="requireServiceKey">False for the gateway, which people call.</param>
    public static WebApplication MapDefaultEndpoints(this WebApplication app, bool requireServiceKey = true)
    {
        app.UseStackSpans();
        app.UseApiErrors();
        if (requireServiceKey)
        {
            app.UseServiceKey();
        }

        app.MapHealthChecks("/health", new HealthCheckOptions { ResponseWriter = HealthText.WriteAsync });
        app.MapHealthChecks("/alive", new HealthCheckOptions { Predicate = check => check.Tags.Contains(LiveTag) });
        app.MapOpenApi();
        return app;
    }

    private static ServiceData OpenData(ConfigurationManager configuration, string service)
    {
        string folder = DataFolder(configuration, service);
        int replicas = configuration.GetValue("Ratchet:Replicas", 1);
        return replicas > 1 ? ServiceData.OfReplica(folder, replicas) : new ServiceData(folder);
    }

    /// <summary>`Ratchet:Data`/service; where the setting is missing, data/ beside the solution, else beside the program.</summary>
    private static string DataFolder(ConfigurationManager configuration, string service) =>
        Path.Combine(configuration["Ratchet:Data"] ?? Path.Combine(SolutionFolder.Find(), "data"), service);
}
