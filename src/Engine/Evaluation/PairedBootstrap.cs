namespace Ratchet.Engine.Evaluation;

/// <summary>
/// Says whether one system is better than another on the same examples: examples are drawn again with replacement, and
/// the spread of the mean difference is the answer (Efron; Koehn 2004 for its use on language systems). Pairing takes the
/// difficulty of each example out of the comparison.
/// </summary>
public static class PairedBootstrap
{
    /// <summary>Resamples unless another number is asked for.</summary>
    public const int DefaultRounds = 10_000;

    /// <summary>Compares two lists of scores of the same examples, in the same order.</summary>
    /// <param name="champion">One score an example of the system that serves.</param>
    /// <param name="candidate">One score an example of the system that wants to.</param>
    /// <param name="seed">The same seed draws the same examples.</param>
    /// <param name="rounds">Resamples, at least 1.</param>
    /// <param name="confidence">Share of resamples inside the interval, between 0 and 1.</param>
    /// <exception cref="ArgumentException">The lists are empty, of different length, or hold a value that is not finite.</exception>
    public static BootstrapResult Compare(
        IReadOnlyList<double> champion,
        IReadOnlyList<double> candidate,
        ulong seed,
        int rounds = DefaultRounds,
        double confidence = 0.95)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rounds, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(confidence);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(confidence, 1);
        double[] differences = Differences(champion, candidate);
        int count = differences.Length;
        var random = new SplitMix64(seed);
        double[] sums = new double[rounds];
        int notGreater = 0;
        int notLess = 0;
        for (int round = 0; round < rounds; round++)
        {
            double sum = 0;
            for (int draw = 0; draw < count; draw++)
            {
                sum += differences[random.Below(count)];
            }

            // The sum decides about 0, because dividing first could round a tie away.
            notGreater += sum <= 0 ? 1 : 0;
            notLess += sum >= 0 ? 1 : 0;
            sums[round] = sum / count;
        }

        Array.Sort(sums);
        double tail = (1 - confidence) / 2;
        return new BootstrapResult(
            differences.Sum() / count,
            Quantile(sums, tail),
            Quantile(sums, 1 - tail),
            confidence,
            (1.0 + notGreater) / (rounds + 1),
            Math.Min(1, 2.0 * Math.Min(1 + notGreater, 1 + notLess) / (rounds + 1)),
            count,
            rounds);
    }

    /// <summary>The value below which a share of sorted values lies, interpolated linearly at <c>share * (count - 1)</c>.</summary>
    /// <param name="sorted">Ascending, at least one.</param>
    /// <param name="share">From 0 to 1.</param>
    internal static double Quantile(double[] sorted, double share)
    {
        double place = share * (sorted.Length - 1);
        int below = (int)Math.Floor(place);
        int above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((sorted[above] - sorted[below]) * (place - below));
    }

    private static double[] Differences(IReadOnlyList<double> champion, IReadOnlyList<double> candidate)
    {
        if (champion.Count != candidate.Count || champion.Count == 0)
        {
            throw new ArgumentException(
                $"Champion has {champion.Count} scores, candidate {candidate.Count}; both need one for each of the same examples, and at least one.");
        }

        double[] differences = new double[champion.Count];
        for (int index = 0; index < differences.Length; index++)
        {
            differences[index] = candidate[index] - champion[index];
            if (!double.IsFinite(differences[index]))
            {
                throw new ArgumentException(
                    $"Example {index} has the scores {champion[index]} and {candidate[index]}; scores need to be finite numbers.");
            }
        }

        return differences;
    }
}
