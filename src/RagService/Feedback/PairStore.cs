using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using Ratchet.Contracts;
using Ratchet.Contracts.Rag;
using Ratchet.RagService.Documents;
using Ratchet.RagService.Examples;
using Ratchet.RagService.Infrastructure.Sqlite;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.RagService.Feedback;

/// <summary>Reads pairs, and says which of them may be trained on: what holds for examples holds for both answers.</summary>
internal sealed class PairStore(KnowledgeDatabase database, IOptions<RagOptions> options)
{
    private const string Select =
        """
        SELECT p.*, cf.id AS chosen_feedback, cf.chunks, rf.id AS rejected_feedback, rf.adapter AS rejected_adapter, e.collection, e.question,
            e.answer, e.state, e.split, e.stale, e.document_seq, e.document_key, d.id AS document_id, coalesce(c.trainable, 1) AS trainable,
            EXISTS (SELECT 1 FROM pairs o JOIN examples x ON x.id = o.example_id WHERE x.collection = e.collection
                AND x.question_hash = e.question_hash AND x.answer = p.rejected AND o.rejected = e.answer) AS contradicted
        FROM pairs p JOIN examples e ON e.id = p.example_id JOIN feedback cf ON cf.seq = p.chosen_seq JOIN feedback rf ON rf.seq = p.rejected_seq
            LEFT JOIN documents d ON d.seq = e.document_seq LEFT JOIN collections c ON c.name = e.collection
        """;

    /// <summary>Newest first; one more than <paramref name="limit"/> where there is more.</summary>
    public List<PreferencePair> List(string? collection, int limit, string? after)
    {
        using SqliteConnection connection = database.Open();
        long before = after is null ? long.MaxValue
            : connection.ExecuteScalar<long?>("SELECT seq FROM pairs WHERE id = @after", new { after })
                ?? throw ApiException.BadField("after", $"There is no pair '{Names.Shown(after)}' to continue after.");
        List<PairRow> rows = connection.Query<PairRow>(
            $"{Select} WHERE p.seq < @before AND (@collection IS NULL OR e.collection = @collection) ORDER BY p.seq DESC LIMIT @limit",
            new { before, collection, limit = limit + 1 }).AsList();
        return [.. rows.Select(row => row.ToRecord(Blocked(connection, row, null)))];
    }

    /// <summary>All pairs of a collection, or of all, oldest first, with why each is not ready.</summary>
    public List<(PairRow Pair, string? Blocked)> All(KnowledgeWrite write, string? collection) =>
    [
        .. write.List<PairRow>($"{Select} WHERE @collection IS NULL OR e.collection = @collection ORDER BY p.seq", new { collection })
            .Select(row => (row, Blocked(write.Connection, row, write))),
    ];

    /// <summary>The passages that the chosen answer was given, as far as they still stand, as the prompt shows them.</summary>
    public static List<PromptChunk> Passages(KnowledgeWrite write, PairRow pair)
    {
        var found = new List<PromptChunk>();
        foreach (string id in pair.ChunkIds)
        {
            Passage? passage = write.Find<Passage>(
                """
                SELECT coalesce(d.title, d.key) AS title, c.text FROM chunks c JOIN documents d ON d.seq = c.document_seq
                WHERE c.id = @id AND d.seq IN (SELECT document_seq FROM feedback_documents WHERE feedback_seq = @ChosenSeq)
                """,
                new { id, pair.ChosenSeq });
            if (passage is not null)
            {
                found.Add(new PromptChunk(passage.Title, passage.Text));
            }
        }

        return found;
    }

    private string? Blocked(SqliteConnection connection, PairRow pair, KnowledgeWrite? write) =>
        pair.State is not (ExampleStates.Approved or ExampleStates.Edited) ? PairBlocks.NotApproved
        : pair.Split != Splits.Train || !pair.Trainable || HasHeldOutDocument(connection, pair, write) ? PairBlocks.HeldOut
        : pair.Stale ? PairBlocks.Stale
        : pair.Answer == pair.Rejected ? PairBlocks.SameAnswer
        : pair.Contradicted ? PairBlocks.Contradicted
        : null;

    // Asked now, not when the feedback came: a document may have been pinned, or its collection closed, since.
    private bool HasHeldOutDocument(SqliteConnection connection, PairRow pair, KnowledgeWrite? write)
    {
        const string Documents =
            "SELECT d.*, c.trainable FROM documents d JOIN collections c ON c.name = d.collection WHERE d.seq IN "
            + "(SELECT document_seq FROM feedback_documents WHERE feedback_seq IN (@ChosenSeq, @RejectedSeq))";
        List<DocumentRow> documents = write?.List<DocumentRow>(Documents, pair) ?? connection.Query<DocumentRow>(Documents, pair).AsList();
        return documents.Exists(document => SplitRule.OfDocument(
            document.Pin, document.Trainable, document.Collection, document.Key, options.Value.HeldOutShare) == Splits.HeldOut);
    }

    private sealed class Passage
    {
        public string Title { get; init; } = "";

        public string Text { get; init; } = "";
    }
}
