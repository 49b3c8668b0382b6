using Aspire.Hosting.Dashboard.Telemetry;
using Ratchet.Web.Components.Charts;

namespace Aspire.Hosting.Dashboard.Queries;

/// <summary>An instrument made ready for a chart.</summary>
/// <param name="Dimensions">Names of the dimensions, each with the values that have been seen.</param>
public sealed record MetricView(
    Instrument Instrument, IReadOnlyList<DateTimeOffset> Times, IReadOnlyList<TimeSeries> Series,
    IReadOnlyList<(string Name, IReadOnlyList<string> Values)> Dimensions);
