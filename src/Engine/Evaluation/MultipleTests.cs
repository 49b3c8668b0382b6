namespace Ratchet.Engine.Evaluation;

/// <summary>Probabilities of several tests at once, adjusted so that many tests do not make a finding by their number.</summary>
public static class MultipleTests
{
    /// <summary>Holm's step-down adjustment (1979): the chance of even one false finding stays below the level.</summary>
    /// <param name="probabilities">Each from 0 to 1.</param>
    /// <returns>In the same order; a test is a finding where its value is at most the level.</returns>
    public static double[] Holm(IReadOnlyList<double> probabilities)
    {
        int[] order = Order(probabilities);
        double[] adjusted = new double[order.Length];
        double most = 0;
        for (int i = 0; i < order.Length; i++)
        {
            most = Math.Max(most, Math.Min(1, (order.Length - i) * probabilities[order[i]]));
            adjusted[order[i]] = most;
        }

        return adjusted;
    }

    /// <summary>The adjustment of Benjamini and Hochberg (1995): the share of false ones among the findings stays below the level.</summary>
    /// <param name="probabilities">Each from 0 to 1.</param>
    /// <returns>In the same order; a test is a finding where its value is at most the level.</returns>
    public static double[] BenjaminiHochberg(IReadOnlyList<double> probabilities)
    {
        int[] order = Order(probabilities);
        double[] adjusted = new double[order.Length];
        double least = 1;
        for (int i = order.Length - 1; i >= 0; i--)
        {
            least = Math.Min(least, probabilities[order[i]] * order.Length / (i + 1));
            adjusted[order[i]] = least;
        }

        return adjusted;
    }

    private static int[] Order(IReadOnlyList<double> probabilities)
    {
        foreach (double probability in probabilities)
        {
            if (!(probability is >= 0 and <= 1))
            {
                throw new ArgumentException($"{probability} was found; a probability from 0 to 1 is needed.", nameof(probabilities));
            }
        }

        return [.. Enumerable.Range(0, probabilities.Count).OrderBy(i => probabilities[i])];
    }
}
