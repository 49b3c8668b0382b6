using System.Security.Cryptography;
using System.Text;
using Ratchet.RagService.Examples;
using Ratchet.RagService.Infrastructure.Sqlite;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.RagService.Batches;

/// <summary>Seals approved training examples into a batch whose id is the hash of its content.</summary>
internal sealed class BatchSealer(KnowledgeDatabase database, TimeProvider clock)
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
        + "WHERE r.example_id = e.id AND b.redacted_at IS NULL)";

    /// <returns>The batch's id; sealing the same content again gives the same batch.</returns>
    /// <exception cref="ApiException">No example is ready.</exception>
    public Task<string> SealAsync(
        string? collection, string include, string? note, string? sealedBy, CancellationToken cancellation) =>
        database.WriteAsync(
            write =>
            {
                List<ExampleRow> examples = write.List<ExampleRow>(
                    $"""
                    SELECT e.*, d.id AS document_id FROM examples e LEFT JOIN documents d ON d.seq = e.document_seq
                    WHERE {Ready}{(include == New ? Unsealed : "")}
                    """,
                    new { collection });
                if (examples.Count == 0)
                {
                    throw Empty(write, collection);
                }

                List<(string Line, ExampleRow Example)> rows = [.. examples
                    .Select(example => (Line: CanonicalRow.Of(example), Example: example))
                    .OrderBy(row => row.Line, StringComparer.Ordinal)];
                byte[] content = Encoding.UTF8.GetBytes(string.Concat(rows.Select(row => row.Line + "\n")));
                string hash = Convert.ToHexStringLower(SHA256.HashData(content));
                string id = "batch-" + hash;
                if (write.Scalar<long>("SELECT count(*) FROM batches WHERE id = @id", new { id }) == 0)
                {
                    Store(write, id, hash, content.Length, rows, (collection, note, sealedBy));
                    write.Publish("batch.sealed", new { Id = id, Collection = collection, ExampleCount = rows.Count });
                }

                return id;
            },
            cancellation);

    private void Store(
        KnowledgeWrite write,
        string id,
        string hash,
        int bytes,
        List<(string Line, ExampleRow Example)> rows,
        (string? Collection, string? Note, string? SealedBy) about)
    {
        long seq = write.Scalar<long>(
            """
            INSERT INTO batches (id, sha256, collection, note, sealed_by, example_count, document_count, bytes, created_at)
            VALUES (@id, @hash, @Collection, @Note, @SealedBy, @exampleCount, @documentCount, @bytes, @now) RETURNING seq
            """,
            new
            {
                id,
                hash,
                about.Collection,
                about.Note,
                about.SealedBy,
                exampleCount = rows.Count,
                documentCount = rows
                    .Where(row => row.Example.DocumentKey is not null)
                    .Select(row => (row.Example.Collection, row.Example.DocumentKey)).Distinct().Count(),
                bytes,
                now = clock.GetUtcNow().ToUnixTimeSeconds(),
            });
        for (int position = 0; position < rows.Count; position++)
        {
            (string line, ExampleRow example) = rows[position];
            write.Execute(
                """
                INSERT INTO batch_rows (batch_seq, position, example_id, collection, document_seq, document_key, line)
                VALUES (@seq, @position, @Id, @Collection, @DocumentSeq, @DocumentKey, @line)
                """,
                new
                {
                    seq,
                    position,
                    example.Id,
                    example.Collection,
                    example.DocumentSeq,
                    example.DocumentKey,
                    line,
                });
            if (example.DocumentKey is not null)
            {
                write.Execute(
                    "INSERT OR IGNORE INTO coverage (collection, document_key) VALUES (@Collection, @DocumentKey)",
                    new { example.Collection, example.DocumentKey });
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
}
