using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Ratchet.ServiceDefaults.Infrastructure.EmbeddedStack;

/// <summary>What OpenTelemetry's hosting and instrumentation packages do, by what the runtime has built in.</summary>
internal static class StackTelemetry
{
    internal static IOpenTelemetryBuilder AddStackTelemetry(this IServiceCollection services)
    {
        // ASP.NET Core leaves the tags of its spans to OpenTelemetry's instrumentation unless told otherwise.
        AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", false);
        services.AddHostedService<TelemetryStart>();
        return new TelemetryBuilder(services);
    }

    internal static TracerProviderBuilder AddStackSpans(this TracerProviderBuilder tracing) =>
        tracing.AddSource("Microsoft.AspNetCore", "System.Net.Http");

    internal static MeterProviderBuilder AddStackMeters(this MeterProviderBuilder metrics) => metrics.AddMeter(
        "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "System.Runtime");

    /// <summary>Gives server spans what ASP.NET Core leaves out.</summary>
    internal static void UseStackSpans(this WebApplication app) => app.UseMiddleware<ServerSpanMiddleware>();

    private sealed class TelemetryBuilder(IServiceCollection services) : IOpenTelemetryBuilder
    {
        public IServiceCollection Services { get; } = services;
    }

    /// <summary>Builds the providers when the host starts; nothing else asks for them.</summary>
    private sealed class TelemetryStart(IServiceProvider services) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            _ = services.GetService<TracerProvider>();
            _ = services.GetService<MeterProvider>();
            _ = services.GetService<LoggerProvider>();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
