namespace Ratchet.Engine.Evaluation;

/// <summary>Where the true share lies, given hits among trials (Wilson 1927), without correction for continuity.</summary>
/// <param name="Lower">From 0.</param>
/// <param name="Upper">To 1.</param>
public readonly record struct WilsonInterval(double Lower, double Upper)
{
    /// <summary>From counts.</summary>
    /// <param name="hits">From 0 to <paramref name="total"/>.</param>
    /// <param name="total">Trials, at least 1.</param>
    /// <param name="confidence">Between 0 and 1.</param>
    public static WilsonInterval Of(int hits, int total, double confidence = 0.95)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(total, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(hits);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(hits, total);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(confidence);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(confidence, 1);
        double z = SpecialFunctions.NormalQuantile((1 - confidence) / 2);
        double share = (double)hits / total;
        double scale = 1 + (z * z / total);
        double center = (share + (z * z / (2.0 * total))) / scale;
        double reach = z / scale * Math.Sqrt((share * (1 - share) / total) + (z * z / (4.0 * total * total)));

        // With none or all right the interval ends there, which rounding would miss.
        return new WilsonInterval(hits == 0 ? 0 : center - reach, hits == total ? 1 : center + reach);
    }
}
