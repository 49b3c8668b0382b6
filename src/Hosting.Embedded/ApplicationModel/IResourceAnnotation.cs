namespace Aspire.Hosting.ApplicationModel;

/// <summary>A fact about a resource: an endpoint, a wait, a variable.</summary>
#pragma warning disable CA1040 // An empty interface, as upstream has it: annotations are found by their own type.
public interface IResourceAnnotation;
#pragma warning restore CA1040
