using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Docker;

public class DockerComposeEnvironmentResource : Resource, IComputeEnvironmentResource
{
    public DockerComposeEnvironmentResource(string name)
        : base(null!) => throw null!;
}

public class DockerComposeServiceResource : Resource, IResourceWithParent<DockerComposeEnvironmentResource>
{
    public DockerComposeServiceResource(string name, IResource resource, DockerComposeEnvironmentResource composeEnvironmentResource)
        : base(null!) => throw null!;

    public DockerComposeEnvironmentResource Parent => throw null!;
}
