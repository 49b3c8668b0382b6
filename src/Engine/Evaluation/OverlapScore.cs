namespace Ratchet.Engine.Evaluation;

/// <summary>How much of a prediction and of a reference is shared; each part from 0 to 1.</summary>
/// <param name="Precision">Share of the prediction that the reference has too.</param>
/// <param name="Recall">Share of the reference that the prediction has too.</param>
/// <param name="F1">Harmonic mean of both, 0 where nothing is shared; of several scores the mean of their F1.</param>
public readonly record struct OverlapScore(double Precision, double Recall, double F1)
{
    /// <summary>From counts; an empty side gives 0.</summary>
    /// <param name="shared">Tokens that both have, each counted as often as the side that has it less.</param>
    /// <param name="predictionCount">Tokens of the prediction.</param>
    /// <param name="referenceCount">Tokens of the reference.</param>
    public static OverlapScore Of(int shared, int predictionCount, int referenceCount)
    {
        double precision = (double)shared / Math.Max(1, predictionCount);
        double recall = (double)shared / Math.Max(1, referenceCount);
        return new OverlapScore(precision, recall, shared > 0 ? 2 * precision * recall / (precision + recall) : 0);
    }

    /// <summary>From two bags of tokens.</summary>
    /// <param name="prediction">Tokens in any order.</param>
    /// <param name="reference">Tokens in any order.</param>
    internal static OverlapScore OfBags<TToken>(IReadOnlyCollection<TToken> prediction, IReadOnlyCollection<TToken> reference)
        where TToken : notnull
    {
        var counts = new Dictionary<TToken, int>();
        foreach (TToken token in reference)
        {
            counts[token] = counts.GetValueOrDefault(token) + 1;
        }

        int shared = 0;
        foreach (TToken token in prediction)
        {
            if (counts.TryGetValue(token, out int left) && left > 0)
            {
                counts[token] = left - 1;
                shared++;
            }
        }

        return Of(shared, prediction.Count, reference.Count);
    }
}
