using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Orchestration;

/// <summary>The links of a resource: its endpoints, then what the AppHost has added.</summary>
internal static class ResourceUrls
{
    public static IEnumerable<ResourceUrlAnnotation> Of(ResourceInstance instance)
    {
        ResourceAnnotationCollection annotations = instance.Resource.Annotations;
        foreach (EndpointAnnotation endpoint in annotations.OfType<EndpointAnnotation>())
        {
            string root = instance.UrlOf(endpoint);
            var own = new ResourceUrlAnnotation { Url = root, DisplayText = endpoint.Name };
            foreach (EndpointLinkAnnotation change in annotations.OfType<EndpointLinkAnnotation>()
                .Where(change => string.Equals(change.EndpointName, endpoint.Name, StringComparison.OrdinalIgnoreCase)))
            {
                change.Change(own);
            }

            yield return own;
            foreach (EndpointUrlAnnotation link in annotations.OfType<EndpointUrlAnnotation>().Where(link => link.IsOf(endpoint)))
            {
                yield return link.Resolve(root);
            }
        }

        foreach (ResourceUrlAnnotation link in annotations.OfType<ResourceUrlAnnotation>())
        {
            yield return link;
        }
    }
}
