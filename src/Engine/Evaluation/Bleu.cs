namespace Ratchet.Engine.Evaluation;

/// <summary>BLEU (Papineni et al. 2002), equal to sacrebleu's numbers with its defaults: runs of up to 4 words, smoothing <c>exp</c>.</summary>
public static class Bleu
{
    private const int Orders = 4;

    /// <summary>Over a whole set: matches and lengths are summed before anything is divided.</summary>
    /// <param name="predictions">One a segment.</param>
    /// <param name="references">One list or several, each with one reference a segment.</param>
    /// <param name="tokens">What counts as a word.</param>
    /// <exception cref="ArgumentException">There is no segment or no reference, or the lists differ in length.</exception>
    public static BleuScore OfCorpus(
        IReadOnlyList<string> predictions, IReadOnlyList<IReadOnlyList<string>> references, BleuTokens tokens = BleuTokens.Mteval13A)
    {
        if (predictions.Count == 0 || references.Count == 0 || references.Any(list => list.Count != predictions.Count))
        {
            throw new ArgumentException(
                $"There are {predictions.Count} predictions and reference lists of {string.Join(", ", references.Select(list => list.Count))}; "
                + "at least one prediction is needed, and one reference for each in every list.");
        }

        var sum = new Statistics();
        for (int i = 0; i < predictions.Count; i++)
        {
            sum.Add(predictions[i], [.. references.Select(list => list[i])], tokens);
        }

        return sum.Score(effectiveOrder: false);
    }

    /// <summary>Of one segment: runs longer than the prediction are left out of the mean, as sacrebleu does for sentences.</summary>
    /// <param name="prediction">What was written.</param>
    /// <param name="references">Any of these would be right; at least one.</param>
    /// <param name="tokens">What counts as a word.</param>
    /// <exception cref="ArgumentException">There is no reference.</exception>
    public static BleuScore OfSentence(string prediction, IReadOnlyList<string> references, BleuTokens tokens = BleuTokens.Mteval13A)
    {
        if (references.Count == 0)
        {
            throw new ArgumentException("There is no reference; at least one is needed.", nameof(references));
        }

        var sum = new Statistics();
        sum.Add(prediction, references, tokens);
        return sum.Score(effectiveOrder: true);
    }

    private sealed class Statistics
    {
        private readonly int[] _matches = new int[Orders];
        private readonly int[] _totals = new int[Orders];
        private int _predictionLength;
        private int _referenceLength;

        public void Add(string prediction, IReadOnlyList<string> references, BleuTokens tokens)
        {
            string[] predicted = BleuText.Tokens(prediction, tokens);
            string[][] wanted = [.. references.Select(reference => BleuText.Tokens(reference, tokens))];
            _predictionLength += predicted.Length;
            _referenceLength += wanted.Select(words => words.Length).OrderBy(length => Math.Abs(length - predicted.Length)).ThenBy(length => length).First();
            for (int order = 1; order <= Orders; order++)
            {
                Dictionary<string, int> runs = WordRuns.Count(predicted, order);
                Dictionary<string, int>[] known = [.. wanted.Select(words => WordRuns.Count(words, order))];
                foreach ((string run, int count) in runs)
                {
                    _totals[order - 1] += count;
                    _matches[order - 1] += Math.Min(count, known.Max(counts => counts.GetValueOrDefault(run)));
                }
            }
        }

        public BleuScore Score(bool effectiveOrder)
        {
            double penalty = _predictionLength >= _referenceLength ? 1
                : _predictionLength > 0 ? Math.Exp(1 - ((double)_referenceLength / _predictionLength)) : 0;
            double[] precisions = new double[Orders];
            if (_matches.All(count => count == 0))
            {
                return Result(0);
            }

            double smoothing = 1;
            int orders = effectiveOrder ? 0 : Orders;
            for (int i = 0; i < Orders && _totals[i] > 0; i++)
            {
                orders = effectiveOrder ? i + 1 : orders;
                smoothing *= _matches[i] == 0 ? 2 : 1;
                precisions[i] = _matches[i] == 0 ? 100 / (smoothing * _totals[i]) : 100.0 * _matches[i] / _totals[i];
            }

            // A run of words that no prediction is long enough for has the precision 0, and the mean with it.
            return Result(penalty * Math.Exp(precisions.Take(orders).Sum(Math.Log) / orders));

            BleuScore Result(double score) => new(
                score, precisions, penalty, _predictionLength, _referenceLength, [.. _matches], [.. _totals]);
        }
    }
}
