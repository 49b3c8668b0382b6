namespace Ratchet.RagService.Index;

/// <summary>Makes one ranking of several whose scores cannot be compared.</summary>
internal static class RankFusion
{
    /// <summary>The k of the paper's formula: the larger, the less it matters to be first rather than tenth.</summary>
    public const int Constant = 60;

    // Sums that differ only by rounding are ties.
    private const int TieDecimals = 12;

    /// <summary>score(d) = sum over lists of weight / (k + rank), ranks from 1; a list without d adds nothing.</summary>
    /// <param name="lists">Each best first.</param>
    /// <param name="weights">One for each list.</param>
    /// <param name="ties">Orders items of equal score.</param>
    /// <param name="constant">k.</param>
    /// <remarks>Cormack, Clarke and Büttcher 2009.</remarks>
    public static IReadOnlyList<(T Item, double Score)> Reciprocal<T>(
        IReadOnlyList<IReadOnlyList<T>> lists,
        IReadOnlyList<double> weights,
        IComparer<T> ties,
        double constant = Constant)
        where T : notnull
    {
        var scores = new Dictionary<T, double>();
        for (int list = 0; list < lists.Count; list++)
        {
            for (int place = 0; place < lists[list].Count; place++)
            {
                T item = lists[list][place];
                scores[item] = scores.GetValueOrDefault(item) + (weights[list] / (constant + place + 1));
            }
        }

        return Ordered(scores, ties);
    }

    /// <summary>score(d) = sum over lists of weight · (score - min) / (max - min); 1 where a list's scores are all alike.</summary>
    /// <param name="lists">Each with its scores.</param>
    /// <param name="weights">One for each list.</param>
    /// <param name="ties">Orders items of equal score.</param>
    public static IReadOnlyList<(T Item, double Score)> MinMax<T>(
        IReadOnlyList<IReadOnlyList<(T Item, double Score)>> lists, IReadOnlyList<double> weights, IComparer<T> ties)
        where T : notnull
    {
        var scores = new Dictionary<T, double>();
        for (int list = 0; list < lists.Count; list++)
        {
            if (lists[list].Count == 0)
            {
                continue;
            }

            double low = lists[list].Min(entry => entry.Score);
            double high = lists[list].Max(entry => entry.Score);
            foreach ((T item, double score) in lists[list])
            {
                double share = high > low ? (score - low) / (high - low) : 1;
                scores[item] = scores.GetValueOrDefault(item) + (weights[list] * share);
            }
        }

        return Ordered(scores, ties);
    }

    /// <summary>Items whose scores somebody else has fused, with ties in our order.</summary>
    public static IReadOnlyList<(T Item, double Score)> Ordered<T>(IEnumerable<KeyValuePair<T, double>> scores, IComparer<T> ties)
        where T : notnull =>
        [
            .. scores
                .OrderByDescending(entry => Math.Round(entry.Value, TieDecimals))
                .ThenBy(entry => entry.Key, ties)
                .Select(entry => (entry.Key, entry.Value)),
        ];
}

/// <summary>How both rankings become one: score = sum of weight / (k + rank).</summary>
/// <param name="MeaningWeight">Of the ranking by meaning.</param>
/// <param name="WordsWeight">Of the ranking by words.</param>
/// <param name="RankConstant">k.</param>
internal readonly record struct FusionRule(double MeaningWeight, double WordsWeight, double RankConstant);
