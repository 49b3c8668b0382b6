namespace Ratchet.Engine.Evaluation;

/// <summary>How two lists of numbers move together.</summary>
/// <param name="Coefficient">From -1 to 1; not a number where one list is constant.</param>
/// <param name="Probability">Two-sided chance of a coefficient at least as far from 0 between unrelated lists, by Student's t; null where it is not computed.</param>
public readonly record struct Correlation(double Coefficient, double? Probability)
{
    /// <summary>Pearson's r.</summary>
    /// <param name="x">At least 3 numbers.</param>
    /// <param name="y">As many.</param>
    /// <exception cref="ArgumentException">The lists are too short or differ in length.</exception>
    public static Correlation Pearson(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        Check(x, y);
        double meanX = x.Average();
        double meanY = y.Average();
        double xx = x.Sum(value => (value - meanX) * (value - meanX));
        double yy = y.Sum(value => (value - meanY) * (value - meanY));
        double xy = x.Zip(y, (a, b) => (a - meanX) * (b - meanY)).Sum();
        double r = Math.Clamp(xy / (Math.Sqrt(xx) * Math.Sqrt(yy)), -1, 1);
        return new Correlation(r, SpecialFunctions.IncompleteBeta((1 - r) * (1 + r), x.Count - 2, 1));
    }

    /// <summary>Spearman's ρ: Pearson's r of the ranks, where equal numbers share the mean of theirs.</summary>
    /// <param name="x">At least 3 numbers.</param>
    /// <param name="y">As many.</param>
    /// <exception cref="ArgumentException">The lists are too short or differ in length.</exception>
    public static Correlation Spearman(IReadOnlyList<double> x, IReadOnlyList<double> y) => Pearson(Ranks(x), Ranks(y));

    /// <summary>Kendall's τ-b, which takes ties into account.</summary>
    /// <param name="x">At least 3 numbers.</param>
    /// <param name="y">As many.</param>
    /// <exception cref="ArgumentException">The lists are too short or differ in length.</exception>
    public static Correlation Kendall(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        Check(x, y);
        long concordance = 0;
        long untiedX = 0;
        long untiedY = 0;
        for (int i = 0; i < x.Count; i++)
        {
            for (int j = 0; j < i; j++)
            {
                int signX = Math.Sign(x[i] - x[j]);
                int signY = Math.Sign(y[i] - y[j]);
                concordance += signX * signY;
                untiedX += signX * signX;
                untiedY += signY * signY;
            }
        }

        return new Correlation(concordance / (Math.Sqrt(untiedX) * Math.Sqrt(untiedY)), null);
    }

    private static double[] Ranks(IReadOnlyList<double> values)
    {
        int[] order = [.. Enumerable.Range(0, values.Count).OrderBy(i => values[i])];
        double[] ranks = new double[values.Count];
        for (int start = 0; start < order.Length;)
        {
            int end = start;
            while (end < order.Length && values[order[end]] == values[order[start]])
            {
                end++;
            }

            for (int i = start; i < end; i++)
            {
                ranks[order[i]] = (start + end + 1) / 2.0;
            }

            start = end;
        }

        return ranks;
    }

    private static void Check(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        if (x.Count != y.Count || x.Count < 3)
        {
            throw new ArgumentException($"There are {x.Count} and {y.Count} numbers; as many of each are needed, and at least 3.");
        }
    }
}
