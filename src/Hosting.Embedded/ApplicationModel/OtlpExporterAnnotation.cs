namespace Aspire.Hosting.ApplicationModel;

/// <summary>The resource sends telemetry.</summary>
internal sealed class OtlpExporterAnnotation(OtlpProtocol? required) : IResourceAnnotation
{
    /// <summary>The protocol that it has to be; null where any will do.</summary>
    public OtlpProtocol? Required { get; } = required;
}
