using Aspire.Hosting.Docker.Resources.ComposeNodes;
using Aspire.Hosting.Kubernetes;
using Aspire.Hosting.Kubernetes.Resources;

namespace Ratchet.AppHost;

/// <summary>`aspire publish`: Docker Compose, or with `--target kubernetes` a Helm chart.</summary>
internal static partial class Publishing
{
    private const string DataVolume = "ratchet-data";
    private const string DataFolder = "/data";
    private const string KubernetesGpu = "nvidia.com/gpu";

    // Compose hands GPUs over by their names in the Container Device Interface.
    private const string ComposeGpu = "nvidia.com/gpu=all";

    static partial void ConfigurePublishing(
        IDistributedApplicationBuilder builder, IReadOnlyList<IResourceBuilder<ProjectResource>> services, StartSettings settings)
    {
        bool isKubernetes = settings.PublishTarget == StartSettings.Kubernetes;
        if (isKubernetes)
        {
            // Inference reads the adapters that the trainer writes: one volume for all, each service in a folder of its own.
            builder.AddKubernetesEnvironment("kubernetes").WithProperties(environment =>
            {
                environment.DefaultStorageReadWritePolicy = "ReadWriteMany";
                environment.DefaultStorageSize = "50Gi";
            });
        }
        else
        {
            builder.AddDockerComposeEnvironment("compose").WithDashboard(enabled: true);
        }

        foreach (IResourceBuilder<ProjectResource> service in services)
        {
            bool hasGpu = settings.GpusOf(service.Resource.Name) is not "none";
            service
                .WithAnnotation(new ContainerMountAnnotation(DataVolume, DataFolder, ContainerMountType.Volume, isReadOnly: false))
                .WithEnvironment("Ratchet__Data", DataFolder);
            if (isKubernetes)
            {
                service.PublishAsKubernetesService(resource => Describe(resource, hasGpu));
            }
            else
            {
                service.PublishAsDockerComposeService((_, node) => Describe(node, hasGpu));
            }
        }
    }

    private static void Describe(Service service, bool hasGpu)
    {
        service.Restart = "unless-stopped";

        // A training job writes a checkpoint before it lets go.
        service.StopGracePeriod = "60s";
        if (hasGpu)
        {
            service.Devices.Add(ComposeGpu);
        }
    }

    private static void Describe(KubernetesResource resource, bool hasGpu)
    {
        if (!hasGpu || resource.Workload is not { } workload)
        {
            return;
        }

        foreach (ContainerV1 container in workload.PodTemplate.Spec.Containers)
        {
            container.Resources ??= new ResourceRequirementsV1();
            container.Resources.Limits[KubernetesGpu] = "1";
        }
    }
}
