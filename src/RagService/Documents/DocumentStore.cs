using Dapper;
using Microsoft.Data.Sqlite;
using Ratchet.Contracts.Rag;
using Ratchet.RagService.Infrastructure.Sqlite;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.RagService.Documents;

/// <summary>Reads documents, chunks and collections.</summary>
internal sealed class DocumentStore(KnowledgeDatabase database)
{
    private const string Columns =
        "d.seq, d.id, d.collection, d.key, d.title, d.version, d.revision, d.content_hash, d.media_type, d.source, d.bytes, "
        + "d.metadata, d.pin, d.state, d.error, d.chunk_count, d.token_count, d.created_at, d.updated_at, d.indexed_at, "
        + "d.deleted_at, c.trainable, (SELECT count(*) FROM examples e WHERE e.document_seq = d.seq) AS example_count";

    private const string Joined = " FROM documents d JOIN collections c ON c.name = d.collection ";

    /// <summary>By id; a tombstone counts as found.</summary>
    /// <exception cref="ApiException">404: there never was such a document.</exception>
    public DocumentRow Get(string id, bool withText = false)
    {
        using SqliteConnection connection = database.Open();
        return connection.QueryFirstOrDefault<DocumentRow>(
            $"SELECT {Columns}{(withText ? ", d.text, d.pairs" : "")}{Joined} WHERE d.id = @id", new { id })
            ?? throw Unknown(id);
    }

    public static ApiException Unknown(string id) => ApiException.NotFound(
        "document", Names.Shown(id), "GET /v1/documents lists those there are, also by key.");

    /// <summary>A live document by its sender's id.</summary>
    public DocumentRow? FindByKey(string collection, string key)
    {
        using SqliteConnection connection = database.Open();
        return connection.QueryFirstOrDefault<DocumentRow>(
            $"SELECT {Columns}{Joined} WHERE d.collection = @collection AND d.key = @key AND d.deleted_at IS NULL",
            new { collection, key });
    }

    /// <summary>Newest first; one more than <paramref name="limit"/> where there is more.</summary>
    public List<DocumentRow> List(
        string? collection, string? state, string? key, string? text, string? source, int limit, string? after)
    {
        using SqliteConnection connection = database.Open();
        long before = after is null ? long.MaxValue
            : connection.ExecuteScalar<long?>("SELECT seq FROM documents WHERE id = @after", new { after })
                ?? throw ApiException.BadField("after", $"There is no document '{Names.Shown(after)}' to continue after.");
        return connection.Query<DocumentRow>(
            $"""
            SELECT {Columns}{Joined}
            WHERE d.seq < @before
                AND (@collection IS NULL OR d.collection = @collection)
                AND (CASE WHEN @state IS NULL THEN d.deleted_at IS NULL ELSE d.state = @state END)
                AND (@key IS NULL OR d.key = @key)
                AND (@source IS NULL OR d.source = @source)
                AND (@text IS NULL OR instr(lower(coalesce(d.title, '') || ' ' || d.key), lower(@text)) > 0)
            ORDER BY d.seq DESC LIMIT @limit
            """,
            new { before, collection, state, key, source, text, limit = limit + 1 }).AsList();
    }

    public List<ChunkRecord> Chunks(string documentId)
    {
        using SqliteConnection connection = database.Open();
        return [.. connection.Query<ChunkRow>(
            """
            SELECT c.id, c.position, c.text, c.heading, c.start, c."end", c.token_count, d.id AS document_id
            FROM chunks c JOIN documents d ON d.seq = c.document_seq WHERE d.id = @documentId ORDER BY c.position
            """,
            new { documentId }).Select(row => row.ToRecord())];
    }

    public List<CollectionRecord> Collections()
    {
        using SqliteConnection connection = database.Open();
        return [.. connection.Query<(string Name, long Trainable, long Documents, long Chunks, long Examples)>(
            """
            SELECT c.name, c.trainable,
                (SELECT count(*) FROM documents d WHERE d.collection = c.name AND d.deleted_at IS NULL),
                (SELECT coalesce(sum(d.chunk_count), 0) FROM documents d WHERE d.collection = c.name AND d.deleted_at IS NULL),
                (SELECT count(*) FROM examples e WHERE e.collection = c.name)
            FROM collections c ORDER BY c.name
            """)
            .Select(row => new CollectionRecord(
                row.Name, row.Trainable != 0, (int)row.Documents, (int)row.Chunks, (int)row.Examples))];
    }
}
