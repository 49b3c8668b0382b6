namespace Aspire.Hosting.ApplicationModel;

/// <summary>Short ways to what a resource has.</summary>
public static class ResourceExtensions
{
    public static EndpointReference GetEndpoint(this IResourceWithEndpoints resource, string endpointName) => new(resource, endpointName);
}
