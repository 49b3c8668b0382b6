using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Orchestration;

/// <summary>What upstream refuses at start, so that a model that runs here runs there too.</summary>
internal static class EndpointRules
{
    public static void Check(IEnumerable<IResource> resources)
    {
        foreach (IResource resource in resources.Where(ResourceProcess.Is))
        {
            foreach (EndpointAnnotation endpoint in resource.Annotations.OfType<EndpointAnnotation>())
            {
                Check(resource, endpoint, ResourceInstance.Of(resource).Count);
            }
        }
    }

    private static void Check(IResource resource, EndpointAnnotation endpoint, int replicas)
    {
        string name = $"Endpoint '{endpoint.Name}' of resource '{resource.Name}'";
        if (replicas > 1 && !endpoint.IsProxied)
        {
            throw new DistributedApplicationException(
                $"{name} has isProxied: false and the resource {replicas} replicas, which cannot share one port. Leave isProxied out.");
        }

        if (replicas > 1 && endpoint.TargetPort is not null)
        {
            throw new DistributedApplicationException(
                $"{name} has targetPort {endpoint.TargetPort} and the resource {replicas} replicas, which cannot share one port. Leave targetPort out.");
        }

        if (endpoint.IsProxied && endpoint.Port is { } port && endpoint.TargetPort == port)
        {
            throw new DistributedApplicationException(
                $"{name} has port and targetPort {port}: there is no room for a proxy between them. Leave targetPort out, or say isProxied: false.");
        }
    }
}
