namespace Aspire.Hosting.Dashboard;

/// <summary>A command of a resource as a button.</summary>
/// <param name="Confirmation">What is asked before; null to ask nothing.</param>
public sealed record CommandView(string Name, string Label, string? Confirmation, bool IsEnabled, bool IsDangerous);
