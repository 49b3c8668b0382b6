namespace Ratchet.Engine.Evaluation;

/// <summary>Puts together the log probabilities that a model gave to texts (F91).</summary>
public static class Perplexity
{
    /// <summary>Over several sequences; every token weighs the same, whatever the length of its sequence.</summary>
    /// <param name="logProbabilities">Natural logarithms, one list a sequence; an empty sequence counts for nothing.</param>
    /// <exception cref="ArgumentException">There is no token at all.</exception>
    public static PerplexityScore Of(IEnumerable<IReadOnlyList<double>> logProbabilities)
    {
        var means = new List<double>();
        double sum = 0;
        int tokens = 0;
        foreach (IReadOnlyList<double> sequence in logProbabilities.Where(sequence => sequence.Count > 0))
        {
            double ownSum = -sequence.Sum();
            means.Add(ownSum / sequence.Count);
            sum += ownSum;
            tokens += sequence.Count;
        }

        if (tokens == 0)
        {
            throw new ArgumentException("There are no log probabilities; a perplexity needs at least one token.", nameof(logProbabilities));
        }

        double mean = sum / tokens;
        return new PerplexityScore(
            mean, Math.Exp(mean), mean / Math.Log(2), tokens, means, means.Average(Math.Exp));
    }
}
