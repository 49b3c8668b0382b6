namespace Aspire.Hosting.ApplicationModel;

/// <summary>All resources of the application, in the order in which they were added.</summary>
public interface IResourceCollection : IList<IResource>;
