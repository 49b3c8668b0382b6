namespace Aspire.Hosting.ApplicationModel;

/// <summary>How many processes a resource is.</summary>
public sealed class ReplicaAnnotation(int replicas = 1) : IResourceAnnotation
{
    public int Replicas { get; } = replicas;
}
