using Microsoft.Extensions.Options;
using Ratchet.Contracts.Rag;
using Ratchet.RagService.Infrastructure.Sqlite;

namespace Ratchet.RagService.Examples;

/// <summary>Keeps the stored split of examples true when documents, pins, groups or collections change.</summary>
internal sealed class SplitKeeper(IOptions<RagOptions> options)
{
    public void RefreshDocument(KnowledgeWrite write, long documentSeq) =>
        Refresh(write, "e.document_seq = @documentSeq", new { documentSeq });

    public void RefreshCollection(KnowledgeWrite write, string collection) =>
        Refresh(write, "e.collection = @collection", new { collection });

    /// <summary>For examples that have just been added: those after a number.</summary>
    public void RefreshAfter(KnowledgeWrite write, long seq) => Refresh(write, "e.seq > @seq", new { seq });

    private void Refresh(KnowledgeWrite write, string condition, object parameters)
    {
        const string Columns =
            "SELECT e.seq, e.collection, e.pin, e.grp, e.split, e.question_hash, e.document_key, d.pin AS document_pin, "
            + "coalesce(c.trainable, 1) AS trainable FROM examples e LEFT JOIN documents d ON d.seq = e.document_seq "
            + "LEFT JOIN collections c ON c.name = e.collection ";
        List<Row> rows = write.List<Row>(
            $"""
            {Columns} WHERE {condition}
            UNION
            {Columns} WHERE EXISTS (
                SELECT 1 FROM examples o WHERE o.collection = e.collection AND o.grp = e.grp
                    AND o.seq IN (SELECT e.seq FROM examples e WHERE {condition}))
            """,
            parameters);

        // Paraphrases of one question stay together, and on the careful side.
        HashSet<(string, string)> heldOutGroups = [.. rows
            .Where(row => row.Grp is not null && Own(row) == Splits.HeldOut)
            .Select(row => (row.Collection, row.Grp!))];
        foreach (Row row in rows)
        {
            string split = row.Grp is not null && heldOutGroups.Contains((row.Collection, row.Grp))
                ? Splits.HeldOut
                : Own(row);
            if (split != row.Split)
            {
                write.Execute("UPDATE examples SET split = @split WHERE seq = @Seq", new { split, row.Seq });
            }
        }
    }

    // An example of no document goes by its group or question, so that one question has one side.
    private string Own(Row row) => SplitRule.OfDocument(
        row.Pin ?? row.DocumentPin,
        row.Trainable,
        row.Collection,
        row.DocumentKey ?? "\n" + (row.Grp ?? row.QuestionHash),
        options.Value.HeldOutShare);

    private sealed class Row
    {
        public long Seq { get; init; }

        public string Collection { get; init; } = "";

        public string? Pin { get; init; }

        public string? Grp { get; init; }

        public string Split { get; init; } = "";

        public string QuestionHash { get; init; } = "";

        public string? DocumentKey { get; init; }

        public string? DocumentPin { get; init; }

        public bool Trainable { get; init; } = true;
    }
}
