namespace Aspire.Hosting.Kubernetes.Resources;

public abstract class Workload
{
    public abstract PodTemplateSpecV1 PodTemplate { get; }
}

public sealed class PodTemplateSpecV1
{
    public PodSpecV1 Spec { get; set; } = null!;
}

public sealed class PodSpecV1
{
    public List<ContainerV1> Containers => throw null!;
}

public sealed class ContainerV1
{
    public ResourceRequirementsV1? Resources { get; set; }
}

public sealed class ResourceRequirementsV1
{
    public Dictionary<string, string> Limits => throw null!;
}
