namespace Ratchet.Web.Components.Charts;

/// <summary>A named line of a chart.</summary>
/// <param name="Name">As in the legend.</param>
/// <param name="Field">Key of the value in the events that extend the chart while it is looked at.</param>
/// <param name="Points">Step and value, by rising step.</param>
public sealed record Series(string Name, string Field, IReadOnlyList<(double Step, double Value)> Points);
