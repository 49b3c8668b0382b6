namespace Aspire.Hosting.Dashboard;

/// <summary>A piece of a console line in one colour.</summary>
/// <param name="Style">Names of classes, or empty for the plain text.</param>
public readonly record struct AnsiRun(string Text, string Style);
