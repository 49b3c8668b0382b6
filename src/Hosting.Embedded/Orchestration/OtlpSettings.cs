using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Orchestration;

/// <summary>Where services send their telemetry, if anybody listens.</summary>
/// <param name="GrpcEndpoint">Takes gRPC; null where nobody does.</param>
/// <param name="HttpEndpoint">Takes protobuf and JSON over HTTP; null where nobody does.</param>
/// <param name="Preferred">For those who do not mind.</param>
internal sealed record OtlpSettings(string? GrpcEndpoint, string? HttpEndpoint, OtlpProtocol Preferred, string ApiKey, bool IsDevelopment)
{
    private const string NoGrpc = "ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL";
    private const string NoHttp = "ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL";

    /// <summary>Address and protocol as OpenTelemetry's variables have them; null where nobody listens at all.</summary>
    /// <exception cref="DistributedApplicationException">Somebody listens, but not to the protocol that the resource needs.</exception>
    public (string Endpoint, string Protocol)? For(IResource resource, OtlpProtocol? required)
    {
        if (GrpcEndpoint is null && HttpEndpoint is null)
        {
            return null;
        }

        OtlpProtocol protocol = required ?? Preferred;
        bool isGrpc = protocol == OtlpProtocol.Grpc;
        string endpoint = (isGrpc ? GrpcEndpoint : HttpEndpoint) ?? throw new DistributedApplicationException(
            $"Resource '{resource.Name}' sends telemetry as {Name(protocol)}, and no address that takes it is known. Set "
            + $"{(isGrpc ? NoGrpc : NoHttp)}, or leave the protocol out of WithOtlpExporter.");
        return (endpoint, Name(protocol));
    }

    private static string Name(OtlpProtocol protocol) => protocol switch
    {
        OtlpProtocol.Grpc => "grpc",
        OtlpProtocol.HttpJson => "http/json",
        _ => "http/protobuf",
    };
}
