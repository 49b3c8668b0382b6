namespace Aspire.Hosting.Dashboard.Telemetry;

/// <summary>A value that held from <paramref name="From"/> to <paramref name="Until"/> (nanoseconds since 1970).</summary>
/// <param name="Value">The number, or the sum of a histogram.</param>
/// <param name="Buckets">Counts of a histogram, one more than its bounds; null for a number.</param>
/// <param name="Bounds">Upper bounds of the buckets but the last.</param>
public readonly record struct MetricPoint(
    long From, long Until, double Value, ulong Count = 0, IReadOnlyList<ulong>? Buckets = null, IReadOnlyList<double>? Bounds = null)
{
    internal int Bytes => 64 + (Buckets is null ? 0 : 24 + (Buckets.Count * 8));

    internal bool SaysTheSameAs(in MetricPoint other) => Value.Equals(other.Value) && Count == other.Count
        && (Buckets is null || (other.Buckets is not null && Buckets.SequenceEqual(other.Buckets)));
}
