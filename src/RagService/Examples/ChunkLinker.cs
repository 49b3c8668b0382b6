using Ratchet.RagService.Documents;
using Ratchet.RagService.Index;

namespace Ratchet.RagService.Examples;

/// <summary>Finds the passage of a document that an example most likely speaks of.</summary>
internal static class ChunkLinker
{
    /// <summary>The chunk that holds most of the example's words, those few chunks have weighing more; null without chunks.</summary>
    public static ChunkRow? BestOf(IReadOnlyList<ChunkRow> chunks, string? title, string question, string answer)
    {
        List<HashSet<string>> words = [.. chunks.Select(chunk =>
            new HashSet<string>(SearchTokens.Of(ChunkRow.SearchText(title, chunk.Heading, chunk.Text)), StringComparer.Ordinal))];
        var asked = new HashSet<string>(SearchTokens.Of(question + "\n" + answer), StringComparer.Ordinal);
        var weights = asked.ToDictionary(
            word => word, word => 1.0 / (1 + words.Count(chunk => chunk.Contains(word))));

        ChunkRow? best = null;
        double most = -1;
        for (int i = 0; i < chunks.Count; i++)
        {
            double met = asked.Where(words[i].Contains).Sum(word => weights[word]);
            if (met > most)
            {
                (best, most) = (chunks[i], met);
            }
        }

        return best;
    }
}
