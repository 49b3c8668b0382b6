namespace Aspire.Hosting.ApplicationModel;

/// <summary>A named value of a resource at one moment.</summary>
public sealed record ResourcePropertySnapshot(string Name, object? Value);
