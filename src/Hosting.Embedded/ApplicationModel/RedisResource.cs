namespace Aspire.Hosting.ApplicationModel;

/// <summary>Redis, or rather what serves instead of it.</summary>
public class RedisResource(string name) : ContainerResource(name), IBuiltInResource
{
    private const string PrimaryEndpointName = "tcp";

    public EndpointReference PrimaryEndpoint => new(this, PrimaryEndpointName);

    public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create($"");

    string IBuiltInResource.ServedBy => "Events from service to service, a cache in memory, locks on files";

    public ValueTask<string?> GetConnectionStringAsync(CancellationToken cancellationToken = default) => new((string?)null);
}
