namespace Aspire.Hosting.ApplicationModel;

/// <summary>Qdrant, or rather what serves instead of it.</summary>
public class QdrantServerResource(string name, ParameterResource apiKey) : ContainerResource(name), IBuiltInResource
{
    private const string PrimaryEndpointName = "grpc";
    private const string HttpEndpointName = "http";

    public ParameterResource ApiKeyParameter { get; } = apiKey;

    public EndpointReference PrimaryEndpoint => new(this, PrimaryEndpointName);

    public EndpointReference HttpEndpoint => new(this, HttpEndpointName);

    public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create($"");

    string IBuiltInResource.ServedBy => "The vector index inside rag";

    ValueTask<string?> IResourceWithConnectionString.GetConnectionStringAsync(CancellationToken cancellationToken) => new((string?)null);
}
