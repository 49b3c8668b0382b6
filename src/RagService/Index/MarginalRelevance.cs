using System.Numerics.Tensors;

namespace Ratchet.RagService.Index;

/// <summary>Chooses hits that are near the query but not all the same.</summary>
internal static class MarginalRelevance
{
    private const double Tie = 1e-12;

    /// <summary>next = argmax of λ · cos(query, d) - (1 - λ) · max over those chosen of cos(d, s).</summary>
    /// <param name="query">The query's vector.</param>
    /// <param name="vectors">The candidates', best first: a tie goes to the earlier one.</param>
    /// <param name="take">How many to choose.</param>
    /// <param name="lambda">1 is plain ranking, 0 is difference alone.</param>
    /// <returns>Indices into <paramref name="vectors"/> with the value each was chosen for.</returns>
    /// <remarks>Carbonell and Goldstein 1998; the second part is 0 at the first pick.</remarks>
    public static IReadOnlyList<(int Index, double Score)> Select(
        ReadOnlySpan<double> query, IReadOnlyList<double[]> vectors, int take, double lambda)
    {
        int count = vectors.Count;
        double[] relevance = new double[count];
        double[] nearest = new double[count];
        bool[] isChosen = new bool[count];
        for (int i = 0; i < count; i++)
        {
            relevance[i] = Cosine(query, vectors[i]);
            nearest[i] = double.NegativeInfinity;
        }

        var chosen = new List<(int, double)>(Math.Min(take, count));
        while (chosen.Count < Math.Min(take, count))
        {
            int best = -1;
            double bestValue = 0;
            for (int i = 0; i < count; i++)
            {
                double value = (lambda * relevance[i]) - ((1 - lambda) * (chosen.Count == 0 ? 0 : nearest[i]));
                if (!isChosen[i] && (best < 0 || value > bestValue + Tie))
                {
                    best = i;
                    bestValue = value;
                }
            }

            isChosen[best] = true;
            chosen.Add((best, bestValue));
            for (int i = 0; i < count; i++)
            {
                nearest[i] = Math.Max(nearest[i], Cosine(vectors[best], vectors[i]));
            }
        }

        return chosen;
    }

    private static double Cosine(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        double lengths = TensorPrimitives.Norm(x) * TensorPrimitives.Norm(y);
        return lengths > 0 ? TensorPrimitives.Dot(x, y) / lengths : 0;
    }
}
