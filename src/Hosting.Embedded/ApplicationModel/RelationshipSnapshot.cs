namespace Aspire.Hosting.ApplicationModel;

/// <summary>How a resource is related to another: Reference or WaitFor.</summary>
public sealed record RelationshipSnapshot(string ResourceName, string Type);
