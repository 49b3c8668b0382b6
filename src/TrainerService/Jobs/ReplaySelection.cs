namespace Ratchet.TrainerService.Jobs;

/// <summary>Picks what is replayed beside new examples, so that what was learnt before survives (F121).</summary>
public static class ReplaySelection
{
    /// <summary>Picks so many of <paramref name="pool"/> that they make up a share of all; each at most once.</summary>
    /// <param name="share">Of the sum of new and replayed examples, in [0, 0.9].</param>
    public static IReadOnlyList<T> Pick<T>(IReadOnlyList<T> pool, int newCount, double share, int seed)
    {
        int wanted = Math.Min(pool.Count, (int)Math.Round(newCount * share / (1 - share)));
        T[] shuffled = [.. pool];
        new Random(seed).Shuffle(shuffled);
        return shuffled[..wanted];
    }
}
