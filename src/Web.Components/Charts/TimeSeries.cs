namespace Ratchet.Web.Components.Charts;

/// <summary>A named line of a <see cref="TimeChart"/>.</summary>
/// <param name="Name">As in the legend.</param>
/// <param name="Values">One for each time of the chart; null where nothing is known, which breaks the line.</param>
public sealed record TimeSeries(string Name, IReadOnlyList<double?> Values);
