namespace OpenTelemetry.Trace
{
    public static class AspNetCoreInstrumentationTracerProviderBuilderExtensions
    {
        public static TracerProviderBuilder AddAspNetCoreInstrumentation(this TracerProviderBuilder builder) => throw null!;
    }
}

namespace OpenTelemetry.Metrics
{
    public static class AspNetCoreInstrumentationMeterProviderBuilderExtensions
    {
        public static MeterProviderBuilder AddAspNetCoreInstrumentation(this MeterProviderBuilder builder) => throw null!;
    }
}
