using Microsoft.Extensions.Options;
using Ratchet.Contracts.Rag;
using Ratchet.RagService.Documents;
using Ratchet.RagService.Infrastructure.Sqlite;

namespace Ratchet.RagService.Examples;

/// <summary>Keeps a document's examples in step with its newly indexed version: lineage, new proposals, those gone stale.</summary>
internal sealed class ExampleProposer(ExampleWriter writer, IOptions<RagOptions> options)
{
    /// <summary>Called in the transaction that stores the chunks.</summary>
    public void Follow(KnowledgeWrite write, DocumentRow document, IReadOnlyList<ChunkRow> chunks)
    {
        IReadOnlyList<StatedPair> pairs = options.Value.ProposeExamples
            ? [.. document.ReadPairs(), .. FaqFinder.Find(document.Text!)]
            : [];
        Dictionary<string, StatedPair> stated = [];
        foreach (StatedPair pair in pairs)
        {
            stated.TryAdd(QuestionHash.Of(pair.Question), pair);
        }

        List<ExampleRow> known = write.List<ExampleRow>(
            "SELECT * FROM examples WHERE document_seq = @Seq", new { document.Seq });
        RemoveUnsaid(write, known, stated);
        MarkStale(write, document, known);
        Link(write, document, known, chunks);
        Propose(write, document, chunks, stated, known);
    }

    // A proposal that nobody has looked at has no worth once the document no longer says it.
    private static void RemoveUnsaid(
        KnowledgeWrite write, List<ExampleRow> known, Dictionary<string, StatedPair> stated)
    {
        foreach (ExampleRow example in known.ToArray())
        {
            if (example.Source == ExampleSources.Document && example.State == ExampleStates.Proposed
                && (!stated.TryGetValue(example.QuestionHash, out StatedPair? pair) || pair.Answer != example.Answer))
            {
                write.Execute("DELETE FROM examples WHERE seq = @Seq", new { example.Seq });
                known.Remove(example);
            }
        }
    }

    // Whether an answer in other words is still true, only a person can say; word for word it is.
    private static void MarkStale(KnowledgeWrite write, DocumentRow document, List<ExampleRow> known)
    {
        foreach (ExampleRow example in known)
        {
            if (example.DocumentVersion != document.Version)
            {
                bool isStated = document.Text!.Contains(example.Answer, StringComparison.Ordinal);
                write.Execute(
                    """
                    UPDATE examples SET stale = @stale, document_version = @Version WHERE seq = @Seq
                    """,
                    new { stale = !isStated, document.Version, example.Seq });
            }
        }
    }

    private static void Link(
        KnowledgeWrite write, DocumentRow document, List<ExampleRow> known, IReadOnlyList<ChunkRow> chunks)
    {
        HashSet<string> ids = [.. chunks.Select(chunk => chunk.Id)];
        foreach (ExampleRow example in known.Where(example => example.ChunkId is null || !ids.Contains(example.ChunkId)))
        {
            string? chunkId = ChunkLinker.BestOf(chunks, document.Title, example.Question, example.Answer)?.Id;
            write.Execute("UPDATE examples SET chunk_id = @chunkId WHERE seq = @Seq", new { chunkId, example.Seq });
        }
    }

    private void Propose(
        KnowledgeWrite write,
        DocumentRow document,
        IReadOnlyList<ChunkRow> chunks,
        Dictionary<string, StatedPair> stated,
        List<ExampleRow> known)
    {
        HashSet<string> asked = [.. known.Select(example => example.QuestionHash)];
        List<NewExample> proposals = [.. stated
            .Where(entry => !asked.Contains(entry.Key))
            .Select(entry => new NewExample(
                document.Collection, entry.Value.Question, entry.Value.Answer, ExampleSources.Document, ExampleStates.Proposed)
            {
                DocumentKey = document.Key,
                ChunkId = chunks.LastOrDefault(chunk => chunk.Start <= entry.Value.Start)?.Id,
            })];
        if (proposals.Count > 0)
        {
            writer.Add(write, proposals);
        }
    }
}
