using Aspire.Hosting.Dashboard.Telemetry;

namespace Aspire.Hosting.Dashboard.Queries;

/// <summary>A span in its place below its parent.</summary>
/// <param name="ChildCount">Spans directly below it.</param>
/// <param name="IsMatch">False for one that is shown only because a span below it matches.</param>
public sealed record WaterfallRow(Span Span, int Depth, int ChildCount, bool IsMatch);
