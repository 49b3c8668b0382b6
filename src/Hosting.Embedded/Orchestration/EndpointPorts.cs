using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Orchestration;

/// <summary>Gives every endpoint of every replica a port of its own.</summary>
internal sealed class EndpointPorts(bool randomize)
{
    private readonly PortAllocator _allocator = new(randomize);

    public void Allocate(IEnumerable<IResource> resources)
    {
        (IResource Resource, EndpointAnnotation Endpoint)[] all =
        [
            .. from resource in resources
               where ResourceProcess.Is(resource)
               from endpoint in resource.Annotations.OfType<EndpointAnnotation>()
               select (resource, endpoint),
        ];

        // Wishes first: a resource without one must not be given the port that another one asks for.
        foreach ((_, EndpointAnnotation endpoint) in all.OrderBy(one => one.Endpoint.Port is null))
        {
            endpoint.AllocatedPort = _allocator.Allocate(endpoint.Port ?? endpoint.TargetPort);
        }

        foreach ((IResource resource, EndpointAnnotation endpoint) in all)
        {
            endpoint.ReplicaPorts = [.. ResourceInstance.Of(resource).Skip(1).Select(_ => _allocator.Allocate(null))];
        }
    }
}
