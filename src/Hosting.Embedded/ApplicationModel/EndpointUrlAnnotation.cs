namespace Aspire.Hosting.ApplicationModel;

/// <summary>A link that is made from an endpoint once its port is known; a relative one is taken from the endpoint's root.</summary>
internal sealed class EndpointUrlAnnotation(EndpointReference endpoint, Func<EndpointReference, ResourceUrlAnnotation> callback) : IResourceAnnotation
{
    public ResourceUrlAnnotation Resolve(string root)
    {
        ResourceUrlAnnotation link = callback(endpoint);
        link.Url = new Uri(new Uri(root), link.Url).ToString();
        return link;
    }

    public bool IsOf(EndpointAnnotation other) => string.Equals(other.Name, endpoint.EndpointName, StringComparison.OrdinalIgnoreCase);
}
