using Aspire.Hosting.Dashboard.Telemetry;
using Ratchet.Web.Components.Charts;
using Ratchet.Web.Components.Pages;

namespace Aspire.Hosting.Dashboard.Queries;

/// <summary>How the course of an instrument is asked for.</summary>
public sealed record MetricQuery
{
    /// <summary>Steps of a chart, whatever its length.</summary>
    public const int StepCount = 120;

    private const int LinesMax = 5;
    private const long WindowMin = 5 * UnixNanoseconds.PerSecond;
    private static readonly double[] Percentiles = [0.5, 0.9, 0.99];

    public TimeSpan Length { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Only series whose dimensions are all of this kind.</summary>
    public IReadOnlyList<FieldFilter> Fields { get; init; } = [];

    /// <summary>A dimension to draw a line for each value of; empty for one line.</summary>
    public string SplitBy { get; init; } = "";

    /// <summary>A counter's total, or a histogram's count, in place of what is usual.</summary>
    public bool IsOtherWay { get; init; }

    public static MetricQuery From(PageContext context) => new()
    {
        Length = TimeRange.Lengths.FirstOrDefault(one => one.Text == context.Value("last")) is { Length.Ticks: > 0 } found ? found.Length : TimeSpan.FromMinutes(5),
        Fields = context.Filters(),
        SplitBy = context.Value("by"),
        IsOtherWay = context.Value("show") == "other",
    };

    /// <param name="others">The word for the lines that are drawn as one.</param>
    public MetricView Of(Instrument instrument, IReadOnlyList<SeriesView> all, DateTimeOffset now, string others)
    {
        long step = Length.Ticks * 100 / StepCount;
        long end = UnixNanoseconds.Of(now) / step * step;
        long[] edges = [.. Enumerable.Range(0, StepCount + 1).Select(i => end - ((StepCount - i) * step))];
        SeriesView[] wanted = [.. all.Where(series => Fields.All(field => field.Matches(series.Dimensions)))];
        IReadOnlyList<TimeSeries> lines = instrument.Kind == InstrumentKind.Histogram
            ? Histogram(instrument, wanted, edges, others)
            : Lines(wanted, instrument.Kind == InstrumentKind.Gauge, others, group => Numbers(instrument, group, edges));
        return new MetricView(
            instrument,
            [.. edges.Skip(1).Select(UnixNanoseconds.ToTime)],
            lines,
            [
                .. all.SelectMany(series => series.Dimensions).GroupBy(dimension => dimension.Name)
                    .OrderBy(group => group.Key, StringComparer.Ordinal)
                    .Select(group => (group.Key, (IReadOnlyList<string>)[.. group.Select(one => one.Text).Distinct().Order(StringComparer.Ordinal).Take(100)])),
            ]);
    }

    private List<TimeSeries> Lines(SeriesView[] wanted, bool isApart, string others, Func<SeriesView[], double?[]> draw)
    {
        if (wanted.Length == 0)
        {
            return [];
        }

        if (SplitBy.Length == 0 && !(isApart && wanted.Length > 1))
        {
            return [new TimeSeries(NameOf(wanted), draw(wanted))];
        }

        // The sum of two gauges says nothing: without a wish each series of a gauge has a line of its own.
        List<TimeSeries> lines =
        [
            .. wanted.GroupBy(series => SplitBy.Length > 0 ? series.Dimensions.FindText(SplitBy) ?? "" : NameOf([series]))
                .Select(group => new TimeSeries(group.Key, draw([.. group])))
                .OrderByDescending(line => line.Values.Max() ?? double.MinValue),
        ];
        if (lines.Count <= LinesMax)
        {
            return lines;
        }

        TimeSeries[] rest = [.. lines.Skip(LinesMax - 1)];
        double?[] sums = new double?[StepCount];
        for (int i = 0; i < StepCount; i++)
        {
            double[] values = [.. rest.Select(line => line.Values[i]).OfType<double>()];
            sums[i] = values.Length == 0 ? null : isApart ? values.Average() : values.Sum();
        }

        return [.. lines.Take(LinesMax - 1), new TimeSeries(others, sums)];
    }

    private List<TimeSeries> Histogram(Instrument instrument, SeriesView[] wanted, long[] edges, string others)
    {
        if (IsOtherWay || SplitBy.Length > 0)
        {
            return Lines(wanted, isApart: false, others, group => IsOtherWay
                ? [.. Windows(Increases(instrument, group, edges), edges).Select((one, i) => one?.Count / Seconds(edges, i) / WindowOf(edges))]
                : [.. Windows(Increases(instrument, group, edges), edges).Select(one => one?.Percentile(0.9))]);
        }

        HistogramIncrease?[] steps = Windows(Increases(instrument, wanted, edges), edges);
        return wanted.Length == 0
            ? []
            : [.. Percentiles.Select(part => new TimeSeries($"p{part * 100:0}", [.. steps.Select(one => one?.Percentile(part))]))];
    }

    private double?[] Numbers(Instrument instrument, SeriesView[] group, long[] edges)
    {
        double?[] sums = new double?[StepCount];
        bool isRate = instrument.Kind == InstrumentKind.Counter && !IsOtherWay;
        foreach (SeriesView series in group)
        {
            double?[] at = !isRate ? Values(series.Points, edges) : instrument.IsDelta ? Sums(series.Points, edges) : Courses(series.Points, edges);
            for (int i = 0; i < StepCount; i++)
            {
                double? value = !isRate ? at[i + 1]
                    : instrument.IsDelta ? at[i + 1] / Seconds(edges, i)
                    : Rise(at[i], at[i + 1]) / Seconds(edges, i);
                sums[i] = value is null ? sums[i] : (sums[i] ?? 0) + value;
            }
        }

        if (instrument.Kind == InstrumentKind.Gauge && group.Length > 1)
        {
            for (int i = 0; i < StepCount; i++)
            {
                sums[i] /= group.Length;
            }
        }

        return sums;
    }

    // A total that has fallen was started anew: what it shows is what has been added since.
    private static double? Rise(double? before, double? after) => after is null || before is null ? null : after >= before ? after - before : after;

    // The value that held at each edge. It ends with its last delivery, give or take a slow exporter.
    private static double?[] Values(IReadOnlyList<MetricPoint> points, long[] edges)
    {
        double?[] values = new double?[edges.Length];
        long patience = Math.Max(edges[1] - edges[0], 65 * UnixNanoseconds.PerSecond);
        int next = 0;
        MetricPoint? last = null;
        for (int i = 0; i < edges.Length; i++)
        {
            while (next < points.Count && points[next].From <= edges[i])
            {
                last = points[next++];
            }

            values[i] = last is { } held && held.Until + patience >= edges[i] ? held.Value : null;
        }

        return values;
    }

    // A total between two deliveries, as if it had risen evenly: else a chart with steps shorter than the exporter's shows teeth.
    private static double?[] Courses(IReadOnlyList<MetricPoint> points, long[] edges)
    {
        double?[] values = new double?[edges.Length];
        int at = -1;
        for (int i = 0; i < edges.Length; i++)
        {
            while (at + 1 < points.Count && points[at + 1].From <= edges[i])
            {
                at++;
            }

            if (at < 0 || (at + 1 == points.Count && points[at].Until < edges[i]))
            {
                continue;
            }

            MetricPoint held = points[at];
            values[i] = held.Value;
            if (held.Until < edges[i] && points[at + 1] is var next && next.Value > held.Value)
            {
                values[i] += (next.Value - held.Value) * (edges[i] - held.Until) / (next.From - held.Until);
            }
        }

        return values;
    }

    private static double?[] Sums(IReadOnlyList<MetricPoint> points, long[] edges)
    {
        double?[] sums = new double?[edges.Length];
        foreach (MetricPoint point in points)
        {
            int step = Array.BinarySearch(edges, point.Until) is var found && found >= 0 ? found : ~found;
            if (step > 0 && step < edges.Length)
            {
                sums[step] = (sums[step] ?? 0) + point.Value;
            }
        }

        return sums;
    }

    private static HistogramIncrease?[] Increases(Instrument instrument, SeriesView[] group, long[] edges)
    {
        var steps = new HistogramIncrease?[StepCount];
        foreach (SeriesView series in group)
        {
            MetricPoint? before = null;
            foreach (MetricPoint point in series.Points)
            {
                int step = Array.BinarySearch(edges, point.From) is var found && found >= 0 ? found - 1 : ~found - 1;
                if (step >= 0 && step < StepCount && (before is not null || instrument.IsDelta || point.From > edges[0]))
                {
                    steps[step] = (steps[step] ?? HistogramIncrease.None).Plus(point, instrument.IsDelta ? null : before);
                }

                before = point;
            }
        }

        return steps;
    }

    // Steps shorter than an exporter's interval would be empty every other time: each looks back over a few.
    private static HistogramIncrease?[] Windows(HistogramIncrease?[] steps, long[] edges)
    {
        int width = WindowOf(edges);
        var windows = new HistogramIncrease?[steps.Length];
        for (int i = 0; i < steps.Length; i++)
        {
            HistogramIncrease[] within = [.. steps[Math.Max(0, i - width + 1)..(i + 1)].OfType<HistogramIncrease>()];
            windows[i] = within.Length == 0 ? null : within.Aggregate((one, other) => one.Plus(other));
        }

        return windows;
    }

    private static int WindowOf(long[] edges) => (int)Math.Clamp(WindowMin / (edges[1] - edges[0]), 1, StepCount);

    private static double Seconds(long[] edges, int step) => (edges[step + 1] - edges[step]) / (double)UnixNanoseconds.PerSecond;

    private static string NameOf(SeriesView[] group) => group.Length == 1 && group[0].Dimensions.Any(one => one.Name != "service.instance.id")
        ? string.Join(", ", group[0].Dimensions.Where(one => one.Name != "service.instance.id").Select(one => one.Text))
        : "";
}
