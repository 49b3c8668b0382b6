namespace Aspire.Hosting.ApplicationModel;

/// <summary>A server that upstream starts as a container. This host has none; see <see cref="IBuiltInResource"/>.</summary>
public class ContainerResource(string name, string? entrypoint = null)
    : Resource(name), IResourceWithEnvironment, IResourceWithArgs, IResourceWithEndpoints, IResourceWithWaitSupport, IComputeResource
{
    public string? Entrypoint { get; set; } = entrypoint;
}
