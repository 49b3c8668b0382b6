using Aspire.Hosting.Dashboard.Telemetry;

namespace Aspire.Hosting.Dashboard.Queries;

/// <summary>What has come into a histogram within one step of a chart.</summary>
public sealed record HistogramIncrease(double Count, IReadOnlyList<double> Bounds, IReadOnlyList<double> Buckets)
{
    public static readonly HistogramIncrease None = new(0, [], []);

    /// <summary>Adds what a point has more than the one before it; all of it where there is none before, or where it was started anew.</summary>
    public HistogramIncrease Plus(in MetricPoint point, MetricPoint? before)
    {
        if (point.Buckets is null || point.Bounds is null)
        {
            return this;
        }

        IReadOnlyList<ulong>? earlier = before is { Buckets: { } buckets } && buckets.Count == point.Buckets.Count && before.Value.Count <= point.Count ? buckets : null;
        double[] more = new double[point.Buckets.Count];
        for (int i = 0; i < more.Length; i++)
        {
            more[i] = Math.Max(0, point.Buckets[i] - (double)(earlier?[i] ?? 0));
        }

        return Plus(new HistogramIncrease(more.Sum(), point.Bounds, more));
    }

    public HistogramIncrease Plus(HistogramIncrease other)
    {
        if (Buckets.Count == other.Buckets.Count && Bounds.SequenceEqual(other.Bounds))
        {
            return new HistogramIncrease(Count + other.Count, Bounds, [.. Buckets.Zip(other.Buckets, (one, more) => one + more)]);
        }

        // Exponential histograms move their bounds: both are laid over each other.
        double[] bounds = [.. Bounds.Concat(other.Bounds).Distinct().Order()];
        double[] sum = new double[bounds.Length + 1];
        Spread(Bounds, Buckets, bounds, sum);
        Spread(other.Bounds, other.Buckets, bounds, sum);
        return new HistogramIncrease(Count + other.Count, bounds, sum);
    }

    /// <summary>The value that the part of all stays below, even within a bucket; null while there is nothing.</summary>
    public double? Percentile(double part)
    {
        if (Count <= 0)
        {
            return null;
        }

        double wanted = part * Count;
        double below = 0;
        for (int i = 0; i < Buckets.Count; i++)
        {
            if (Buckets[i] > 0 && below + Buckets[i] >= wanted)
            {
                // Above the last bound nothing more is known than that bound.
                double low = i == 0 ? Math.Min(0, Bounds.Count > 0 ? Bounds[0] : 0) : Bounds[i - 1];
                double high = i < Bounds.Count ? Bounds[i] : low;
                return low + ((high - low) * (wanted - below) / Buckets[i]);
            }

            below += Buckets[i];
        }

        return Bounds.Count > 0 ? Bounds[^1] : null;
    }

    private static void Spread(IReadOnlyList<double> bounds, IReadOnlyList<double> buckets, double[] target, double[] sum)
    {
        for (int i = 0; i < buckets.Count; i++)
        {
            int place = i < bounds.Count ? Array.BinarySearch(target, bounds[i]) : target.Length;
            sum[place < 0 ? ~place : place] += buckets[i];
        }
    }
}
