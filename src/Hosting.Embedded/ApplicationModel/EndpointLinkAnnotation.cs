namespace Aspire.Hosting.ApplicationModel;

/// <summary>Changes how an endpoint's own link is shown.</summary>
internal sealed class EndpointLinkAnnotation(string endpointName, Action<ResourceUrlAnnotation> callback) : IResourceAnnotation
{
    public string EndpointName { get; } = endpointName;

    public void Change(ResourceUrlAnnotation link) => callback(link);
}
