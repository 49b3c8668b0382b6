using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace Ratchet.ServiceDefaults.Telemetry;

/// <summary>Traces, metrics and logs over OTLP, where the host gave an endpoint for them. docs/telemetry.md lists the names.</summary>
internal static class TelemetryExtensions
{
    /// <summary>Sources and meters of our services begin with this.</summary>
    internal const string OurNames = "Ratchet.*";

    private const string EndpointSetting = "OTEL_EXPORTER_OTLP_ENDPOINT";

    internal static void AddTelemetry(this IHostApplicationBuilder builder)
    {
        if (string.IsNullOrWhiteSpace(builder.Configuration[EndpointSetting]))
        {
            return;
        }

        builder.Services.AddStackTelemetry()
            .WithTracing(tracing => tracing.AddStackSpans().AddSource(OurNames).AddProcessor(new HealthSpanFilter()))
            .WithMetrics(metrics => metrics.AddStackMeters().AddMeter(OurNames))
            .WithLogging(
                configureBuilder: null,
                options =>
                {
                    options.IncludeFormattedMessage = true;
                    options.IncludeScopes = true;
                })
            .UseOtlpExporter();
    }
}
