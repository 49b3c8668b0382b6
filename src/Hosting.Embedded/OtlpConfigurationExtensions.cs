using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Who is told where telemetry goes. Projects are without being asked.</summary>
public static class OtlpConfigurationExtensions
{
    /// <summary>Tells the resource where telemetry goes, over the protocol that the host prefers.</summary>
    public static IResourceBuilder<T> WithOtlpExporter<T>(this IResourceBuilder<T> builder)
        where T : IResourceWithEnvironment =>
        builder.WithAnnotation(new OtlpExporterAnnotation(required: null), ResourceAnnotationMutationBehavior.Replace);

    /// <summary>The same, over this protocol; the start is refused where there is an address for others only.</summary>
    public static IResourceBuilder<T> WithOtlpExporter<T>(this IResourceBuilder<T> builder, OtlpProtocol protocol)
        where T : IResourceWithEnvironment =>
        builder.WithAnnotation(new OtlpExporterAnnotation(protocol), ResourceAnnotationMutationBehavior.Replace);
}
