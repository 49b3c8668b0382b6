namespace Aspire.Hosting.Dashboard.History;

/// <summary>A run of the application that is kept.</summary>
/// <param name="Id">Its start as the file's name has it; also its name in addresses.</param>
public sealed record RunInfo(string Id, DateTimeOffset Started);
