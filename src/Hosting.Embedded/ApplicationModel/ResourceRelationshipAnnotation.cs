namespace Aspire.Hosting.ApplicationModel;

/// <summary>A resource has to do with another one.</summary>
public sealed class ResourceRelationshipAnnotation(IResource resource, string type) : IResourceAnnotation
{
    public IResource Resource { get; } = resource;

    public string Type { get; } = type;
}
