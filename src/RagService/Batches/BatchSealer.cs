using System.Security.Cryptography;
using System.Text;
using Ratchet.Contracts.Rag;
using Ratchet.RagService.Examples;
using Ratchet.RagService.Feedback;
using Ratchet.RagService.Infrastructure.Sqlite;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.RagService.Batches;

/// <summary>Seals approved training examples, or pairs of them with a worse answer, into a batch whose id is the hash of its content.</summary>
internal sealed class BatchSealer(KnowledgeDatabase database, PairStore pairs, TimeProvider clock)
{
    public const string New = "new";
    public const string All = "all";

    /// <summary>Examples that the next batch may hold; `stale` ones wait for a person to look at them again.</summary>
    internal const string Ready =
        "e.state IN ('approved', 'edited') AND e.split = 'train' AND e.stale = 0 "
        + "AND coalesce((SELECT trainable FROM collections c WHERE c.name = e.collection), 1) = 1 "
        + "AND (@collection IS NULL OR e.collection = @collection)";

    /// <summary>A batch that lost rows is trained on no more, so what it still holds is new again.</summary>
    internal const string Unsealed =
        " AND NOT EXISTS (SELECT 1 FROM batch_rows r JOIN batches b ON b.seq = r.batch_seq "
        + "WHERE r.example_id = e.id AND r.pair_id IS NULL AND b.redacted_at IS NULL)";

    /// <returns>The batch's id; sealing the same content again gives the same batch.</returns>
    /// <exception cref="ApiException">Nothing is ready.</exception>
    public Task<string> SealAsync(
        string form, string? collection, string include, string? note, string? sealedBy, CancellationToken cancellation) =>
        database.WriteAsync(
            write =>
            {
                List<SealedRow> rows = form == BatchForms.Preference ? Pairs(write, collection, include) : Examples(write, collection, include);
                rows.Sort((a, b) => string.CompareOrdinal(a.Line, b.Line));
                byte[] content = Encoding.UTF8.GetBytes(string.Concat(rows.Select(row => row.Line + "\n")));
                string hash = Convert.ToHexStringLower(SHA256.HashData(content));
                string id = "batch-" + hash;
                if (write.Scalar<long>("SELECT count(*) FROM batches WHERE id = @id", new { id }) == 0)
                {
                    Store(write, id, hash, content.Length, rows, (collection, note, sealedBy, form));
                    write.Publish("batch.sealed", new { Id = id, Collection = collection, ExampleCount = rows.Count, Form = form });
                }

                return id;
            },
            cancellation);

    private static List<SealedRow> Examples(KnowledgeWrite write, string? collection, string include)
    {
        List<ExampleRow> examples = write.List<ExampleRow>(
            $"""
            SELECT e.*, d.id AS document_id FROM examples e LEFT JOIN documents d ON d.seq = e.document_seq
            WHERE {Ready}{(include == New ? Unsealed : "")}
            """,
            new { collection });
        return examples.Count == 0
            ? throw Empty(write, collection)
            : [.. examples.Select(e => new SealedRow(CanonicalRow.Of(e), e.Id, e.Collection, e.DocumentSeq, e.DocumentKey, null))];
    }

    private List<SealedRow> Pairs(KnowledgeWrite write, string? collection, string include)
    {
        HashSet<string> held = [.. include == All ? [] : write.List<string>(
            "SELECT r.pair_id FROM batch_rows r JOIN batches b ON b.seq = r.batch_seq WHERE r.pair_id IS NOT NULL AND b.redacted_at IS NULL")];
        List<(PairRow Pair, string? Blocked)> all = pairs.All(write, collection);
        List<SealedRow> rows =
        [
            .. all.Where(of => of.Blocked is null && !held.Contains(of.Pair.Id)).Select(of => new SealedRow(
                CanonicalPair.Of(of.Pair, PairStore.Passages(write, of.Pair)), of.Pair.ExampleId, of.Pair.Collection, of.Pair.DocumentSeq,
                of.Pair.DocumentKey, of.Pair.Id)),
        ];
        if (rows.Count > 0)
        {
            return rows;
        }

        string why = string.Join(", ", all.Where(of => of.Blocked is not null).GroupBy(of => of.Blocked).Select(of => $"{of.Count()} {of.Key}"));
        throw new ApiException(
            409,
            "empty_batch",
            $"There is no pair to seal{(collection is null ? "" : $" in collection '{collection}'")}: of {all.Count} pairs "
            + $"{all.Count(of => of.Blocked is null)} are in earlier batches{(why.Length > 0 ? $", and not ready are {why}" : "")}. GET "
            + "/v1/feedback/pairs lists them; approve their examples, or seal with \"include\":\"all\".");
    }

    private void Store(
        KnowledgeWrite write,
        string id,
        string hash,
        int bytes,
        List<SealedRow> rows,
        (string? Collection, string? Note, string? SealedBy, string Form) about)
    {
        long seq = write.Scalar<long>(
            """
            INSERT INTO batches (id, sha256, collection, note, sealed_by, example_count, document_count, bytes, created_at, form)
            VALUES (@id, @hash, @Collection, @Note, @SealedBy, @exampleCount, @documentCount, @bytes, @now, @Form) RETURNING seq
            """,
            new
            {
                id,
                hash,
                about.Collection,
                about.Note,
                about.SealedBy,
                about.Form,
                exampleCount = rows.Count,
                documentCount = rows
                    .Where(row => row.DocumentKey is not null).Select(row => (row.Collection, row.DocumentKey)).Distinct().Count(),
                bytes,
                now = clock.GetUtcNow().ToUnixTimeSeconds(),
            });
        for (int position = 0; position < rows.Count; position++)
        {
            SealedRow row = rows[position];
            write.Execute(
                """
                INSERT INTO batch_rows (batch_seq, position, example_id, collection, document_seq, document_key, line, pair_id)
                VALUES (@seq, @position, @ExampleId, @Collection, @DocumentSeq, @DocumentKey, @Line, @PairId)
                """,
                new { seq, position, row.ExampleId, row.Collection, row.DocumentSeq, row.DocumentKey, row.Line, row.PairId });
            if (row.DocumentKey is not null)
            {
                write.Execute("INSERT OR IGNORE INTO coverage (collection, document_key) VALUES (@Collection, @DocumentKey)", row);
            }
        }
    }

    private static ApiException Empty(KnowledgeWrite write, string? collection)
    {
        Counts counts = write.Find<Counts>(
            """
            SELECT coalesce(sum(state = 'proposed' AND split = 'train'), 0) AS proposed,
                coalesce(sum(state IN ('approved', 'edited') AND split = 'held_out'), 0) AS held_out,
                coalesce(sum(state IN ('approved', 'edited') AND split = 'train' AND stale = 1), 0) AS stale,
                coalesce(sum(state IN ('approved', 'edited') AND split = 'train' AND stale = 0), 0) AS approved
            FROM examples e WHERE (@collection IS NULL OR e.collection = @collection)
            """,
            new { collection })!;
        string where = collection is null ? "" : $" in collection '{collection}'";
        return new ApiException(
            409,
            "empty_batch",
            $"There is nothing to seal{where}: {counts.Approved} approved training examples are in earlier batches or in "
            + $"collections that are not trainable, {counts.Proposed} wait for review, {counts.Stale} were made before their "
            + $"document changed and wait for another look, {counts.HeldOut} are held out. Approve examples, or seal with "
            + "\"include\":\"all\".");
    }

    private sealed class Counts
    {
        public int Proposed { get; init; }

        public int HeldOut { get; init; }

        public int Stale { get; init; }

        public int Approved { get; init; }
    }

    /// <summary>A line of a batch and where it comes from.</summary>
    private sealed record SealedRow(
        string Line, string ExampleId, string Collection, long? DocumentSeq, string? DocumentKey, string? PairId);
}
