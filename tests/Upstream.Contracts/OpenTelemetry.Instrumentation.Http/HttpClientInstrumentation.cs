namespace OpenTelemetry.Trace
{
    public static class HttpClientInstrumentationTracerProviderBuilderExtensions
    {
        public static TracerProviderBuilder AddHttpClientInstrumentation(this TracerProviderBuilder builder) => throw null!;
    }
}

namespace OpenTelemetry.Metrics
{
    public static class HttpClientInstrumentationMeterProviderBuilderExtensions
    {
        public static MeterProviderBuilder AddHttpClientInstrumentation(this MeterProviderBuilder builder) => throw null!;
    }
}
