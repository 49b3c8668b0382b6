namespace Ratchet.Engine.Evaluation;

/// <summary>Runs of neighbouring words, counted.</summary>
internal static class WordRuns
{
    // No word has a space, so joined words cannot be mistaken for others.
    public static Dictionary<string, int> Count(IReadOnlyList<string> words, int order)
    {
        var counts = new Dictionary<string, int>();
        for (int start = 0; start + order <= words.Count; start++)
        {
            string run = string.Join(' ', Enumerable.Range(start, order).Select(i => words[i]));
            counts[run] = counts.GetValueOrDefault(run) + 1;
        }

        return counts;
    }
}
