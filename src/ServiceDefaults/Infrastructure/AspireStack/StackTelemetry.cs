using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Ratchet.ServiceDefaults.Infrastructure.AspireStack;

/// <summary>OpenTelemetry's hosting and instrumentation packages; the other stack gives the same spans and meters without them.</summary>
internal static class StackTelemetry
{
    internal static IOpenTelemetryBuilder AddStackTelemetry(this IServiceCollection services) => services.AddOpenTelemetry();

    internal static TracerProviderBuilder AddStackSpans(this TracerProviderBuilder tracing) =>
        tracing.AddAspNetCoreInstrumentation().AddHttpClientInstrumentation();

    internal static MeterProviderBuilder AddStackMeters(this MeterProviderBuilder metrics) =>
        metrics.AddAspNetCoreInstrumentation().AddHttpClientInstrumentation().AddRuntimeInstrumentation();

    /// <summary>The instrumentation has completed them already.</summary>
    internal static void UseStackSpans(this WebApplication app) => _ = app;
}
