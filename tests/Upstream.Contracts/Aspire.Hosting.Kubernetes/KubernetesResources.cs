using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Kubernetes.Resources;

namespace Aspire.Hosting.Kubernetes;

public sealed class KubernetesEnvironmentResource : Resource, IComputeEnvironmentResource
{
    public KubernetesEnvironmentResource(string name)
        : base(null!) => throw null!;

    public string DefaultStorageSize { get; set; } = null!;

    public string DefaultStorageReadWritePolicy { get; set; } = null!;
}

public class KubernetesResource : Resource, IResourceWithParent<KubernetesEnvironmentResource>
{
    public KubernetesResource(string name, IResource resource, KubernetesEnvironmentResource kubernetesEnvironmentResource)
        : base(null!) => throw null!;

    public KubernetesEnvironmentResource Parent => throw null!;

    public Workload? Workload { get; set; }
}
