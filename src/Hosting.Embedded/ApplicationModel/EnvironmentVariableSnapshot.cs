namespace Aspire.Hosting.ApplicationModel;

/// <summary>A variable that a resource was started with.</summary>
public sealed record EnvironmentVariableSnapshot(string Name, string? Value, bool IsFromSpec);
