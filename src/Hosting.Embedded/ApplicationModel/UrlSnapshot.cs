namespace Aspire.Hosting.ApplicationModel;

/// <summary>A link of a resource at one moment.</summary>
public sealed record UrlSnapshot(string? Name, string Url, bool IsInternal);
