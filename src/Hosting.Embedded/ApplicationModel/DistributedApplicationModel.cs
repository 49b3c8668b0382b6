namespace Aspire.Hosting.ApplicationModel;

/// <summary>The application as its services see it: all resources.</summary>
public class DistributedApplicationModel
{
    public DistributedApplicationModel(IResourceCollection resources) => Resources = resources;

    public DistributedApplicationModel(IEnumerable<IResource> resources)
    {
        Resources = new ResourceCollection();
        foreach (IResource resource in resources)
        {
            Resources.Add(resource);
        }
    }

    public IResourceCollection Resources { get; }
}
