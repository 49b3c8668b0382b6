using System.Text;
using Dapper;
using Microsoft.Data.Sqlite;
using Ratchet.Contracts.Rag;
using Ratchet.RagService.Infrastructure.Sqlite;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.RagService.Batches;

/// <summary>Reads sealed batches.</summary>
internal sealed class BatchStore(KnowledgeDatabase database)
{
    /// <exception cref="ApiException">404: there is no such batch.</exception>
    public BatchRecord Get(string id)
    {
        using SqliteConnection connection = database.Open();
        Row row = Find(connection, id);
        List<BatchDocument> documents = [.. connection.Query<(string Collection, string Key, string? Id, long Rows)>(
            """
            SELECT r.collection, r.document_key, max(d.id), count(*) FROM batch_rows r
            LEFT JOIN documents d ON d.seq = r.document_seq
            WHERE r.batch_seq = @Seq AND r.document_key IS NOT NULL GROUP BY r.collection, r.document_key ORDER BY 1, 2
            """,
            new { row.Seq }).Select(d => new BatchDocument(d.Collection, d.Key, d.Id, (int)d.Rows))];
        return row.ToRecord(documents);
    }

    /// <summary>Newest first; one more than <paramref name="limit"/> where there is more.</summary>
    public List<BatchRecord> List(int limit, string? after)
    {
        using SqliteConnection connection = database.Open();
        long before = after is null ? long.MaxValue : Find(connection, after).Seq;
        return [.. connection.Query<Row>(
            "SELECT * FROM batches WHERE seq < @before ORDER BY seq DESC LIMIT @limit", new { before, limit = limit + 1 })
            .Select(row => row.ToRecord(null))];
    }

    /// <summary>The canonical JSONL, whose SHA-256 is in the id.</summary>
    /// <exception cref="ApiException">410: a document in it was deleted.</exception>
    public byte[] Content(string id)
    {
        using SqliteConnection connection = database.Open();
        Row row = Find(connection, id);
        if (row.RedactedAt is not null)
        {
            throw new ApiException(
                410,
                "batch_redacted",
                $"{id} lost {row.RowsRemoved} rows when their document was deleted, and is trained on no more. Seal a new batch "
                + "with POST /v1/batches: it takes what is left.");
        }

        IEnumerable<string> lines = connection.Query<string>(
            "SELECT line FROM batch_rows WHERE batch_seq = @Seq ORDER BY position", new { row.Seq });
        return Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n")));
    }

    private static Row Find(SqliteConnection connection, string id) =>
        connection.QueryFirstOrDefault<Row>("SELECT * FROM batches WHERE id = @id", new { id })
        ?? throw ApiException.NotFound("batch", Names.Shown(id), "GET /v1/batches lists those there are.");

    private sealed class Row
    {
        public long Seq { get; init; }

        public string Id { get; init; } = "";

        public string Sha256 { get; init; } = "";

        public string? Collection { get; init; }

        public string? Note { get; init; }

        public string? SealedBy { get; init; }

        public string Form { get; init; } = BatchForms.Examples;

        public int ExampleCount { get; init; }

        public int DocumentCount { get; init; }

        public long Bytes { get; init; }

        public long? RedactedAt { get; init; }

        public int RowsRemoved { get; init; }

        public long CreatedAt { get; init; }

        public BatchRecord ToRecord(IReadOnlyList<BatchDocument>? documents) => new(
            Id, Sha256, CreatedAt, ExampleCount, DocumentCount, Bytes, RedactedAt is not null, RedactedAt is null, Collection,
            Note, SealedBy, RedactedAt, RowsRemoved, documents, Form);
    }
}
