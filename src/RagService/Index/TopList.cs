namespace Ratchet.RagService.Index;

/// <summary>Keeps the best few of many by score; equal scores go to the smaller ordinal.</summary>
internal sealed class TopList<T>(int limit)
{
    // The worst kept is at the top of the heap, ready to be thrown out.
    private readonly PriorityQueue<(T Item, double Score, long Ordinal), (double Score, long Ordinal)> _kept =
        new(Comparer<(double Score, long Ordinal)>.Create(static (x, y) =>
            x.Score != y.Score ? x.Score.CompareTo(y.Score) : y.Ordinal.CompareTo(x.Ordinal)));

    /// <summary>Whether an offer of that score would be taken now.</summary>
    public bool Admits(double score, long ordinal)
    {
        if (_kept.Count < limit)
        {
            return true;
        }

        (_, double worst, long worstOrdinal) = _kept.Peek();
        return score > worst || (score == worst && ordinal < worstOrdinal);
    }

    /// <summary>Takes an item if it is among the best so far.</summary>
    public void Offer(T item, double score, long ordinal)
    {
        if (_kept.Count < limit)
        {
            _kept.Enqueue((item, score, ordinal), (score, ordinal));
            return;
        }

        if (Admits(score, ordinal))
        {
            _kept.DequeueEnqueue((item, score, ordinal), (score, ordinal));
        }
    }

    /// <summary>Empties the list: best first.</summary>
    public IReadOnlyList<(T Item, double Score)> Take()
    {
        var ordered = new (T, double)[_kept.Count];
        for (int i = ordered.Length - 1; i >= 0; i--)
        {
            (T item, double score, _) = _kept.Dequeue();
            ordered[i] = (item, score);
        }

        return ordered;
    }
}
