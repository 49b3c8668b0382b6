using Ratchet.Datasets.Quality;
using Ratchet.RagService.Infrastructure.Sqlite;

namespace Ratchet.RagService.Examples;

/// <summary>Finds, for a new example, an earlier one that says nearly the same in other words or marks.</summary>
/// <remarks>
/// Kept in memory as hashes of word sequences, filled from the database when a collection is first written to. Used only by
/// writers, who take turns.
/// </remarks>
internal sealed class DuplicateFinder
{
    private readonly Dictionary<string, NearDuplicates> _collections = new(StringComparer.Ordinal);

    /// <summary>The id of the earlier example, or null; the new one is remembered.</summary>
    public string? Add(KnowledgeWrite write, string collection, long seq, string question, string answer)
    {
        if (!_collections.TryGetValue(collection, out NearDuplicates? known))
        {
            known = new NearDuplicates();
            foreach (ExampleRow row in write.List<ExampleRow>(
                "SELECT seq, question, answer FROM examples WHERE collection = @collection AND seq < @seq ORDER BY seq",
                new { collection, seq }))
            {
                known.Add((int)row.Seq, Text(row.Question, row.Answer));
            }

            _collections[collection] = known;
        }

        // What it nearly repeats may have been deleted since.
        return known.Add((int)seq, Text(question, answer)) is { } earlier
            ? write.Scalar<string?>("SELECT id FROM examples WHERE seq = @earlier", new { earlier })
            : null;
    }

    /// <summary>Forgets all; it is read from the database again.</summary>
    public void Clear() => _collections.Clear();

    private static string Text(string question, string answer) => question + "\n" + answer;
}
