namespace Ratchet.TrainerService.Jobs;

/// <summary>What a loss curve looks like, in one word, and what to do about it.</summary>
/// <param name="Word">starting, falling, flat, noisy, rising or diverged.</param>
/// <param name="Advice">What to do; for people.</param>
public sealed record LossVerdict(string Word, string Advice)
{
    private const int StepsMin = 6;
    private const int Window = 32;

    /// <summary>Judges the losses so far, oldest first.</summary>
    /// <remarks>
    /// A line is fitted to the last 32 losses. Its fall over the window counts only where it exceeds twice its own standard
    /// error; the spread around it decides between flat and noisy.
    /// </remarks>
    public static LossVerdict Of(IReadOnlyList<double> losses)
    {
        if (losses.Count > 0 && !double.IsFinite(losses[^1]))
        {
            return Diverged;
        }

        if (losses.Count < StepsMin)
        {
            return new LossVerdict("starting", "Too few steps for a judgement.");
        }

        double first = losses.Take(StepsMin / 2).Average();
        double last = losses.Skip(losses.Count - (StepsMin / 2)).Average();
        if (last > (2 * first) + 0.5)
        {
            return Diverged;
        }

        double[] y = [.. losses.Skip(Math.Max(0, losses.Count - Window))];
        int n = y.Length;
        double meanX = (n - 1) / 2.0;
        double meanY = y.Average();
        double sxx = 0, sxy = 0;
        for (int i = 0; i < n; i++)
        {
            sxx += (i - meanX) * (i - meanX);
            sxy += (i - meanX) * (y[i] - meanY);
        }

        double slope = sxy / sxx;
        double squares = 0;
        for (int i = 0; i < n; i++)
        {
            double residual = y[i] - meanY - (slope * (i - meanX));
            squares += residual * residual;
        }

        double spread = Math.Sqrt(squares / (n - 2));
        double slopeError = spread / Math.Sqrt(sxx);
        double change = slope * (n - 1);
        double level = Math.Max(0.05, Math.Abs(meanY));
        bool clear = Math.Abs(slope) > 2 * slopeError;
        if (clear && change < -0.01 * level)
        {
            return new LossVerdict("falling", "The loss falls steadily: good. Let it run.");
        }

        if (clear && change > 0.05 * level)
        {
            return new LossVerdict(
                "rising", "The loss rises: lower the learning rate, or stop and look at the data that came last.");
        }

        return spread > 0.15 * level
            ? new LossVerdict(
                "noisy", "The loss swings from step to step: a larger batch or a lower learning rate makes it steadier.")
            : new LossVerdict(
                "flat", "The loss no longer falls: more steps gain little. If it is still high, raise the learning rate or the rank.");
    }

    private static LossVerdict Diverged => new(
        "diverged", "The loss has run away: stop, divide the learning rate by ten and check the data for faults.");
}
