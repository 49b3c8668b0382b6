using System.Text.Json;
using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using Ratchet.Contracts;
using Ratchet.Contracts.OpenAI;
using Ratchet.ServiceDefaults.Storage;

namespace Ratchet.Gateway.Records;

/// <summary>The chats of this gateway, in its database; forgets those whose documents are deleted.</summary>
public sealed class ChatStore
{
    private static readonly string[] Migrations =
    [
        """
        CREATE TABLE chats (
          id TEXT PRIMARY KEY, created_at INTEGER NOT NULL, caller TEXT NOT NULL, model TEXT NOT NULL, adapter TEXT,
          collection TEXT, question TEXT NOT NULL, answer TEXT NOT NULL, finish_reason TEXT, chunks TEXT NOT NULL,
          purged_at INTEGER);
        CREATE INDEX chats_by_time ON chats (created_at);
        CREATE TABLE chat_documents (
          chat_id TEXT NOT NULL REFERENCES chats (id) ON DELETE CASCADE, document_id TEXT NOT NULL,
          PRIMARY KEY (document_id, chat_id)) WITHOUT ROWID;
        CREATE TABLE deleted_documents (document_id TEXT PRIMARY KEY, deleted_at INTEGER NOT NULL) WITHOUT ROWID;
        """,
    ];

    private readonly SqliteDatabase _database;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _kept;

    public ChatStore(ServiceData data, TimeProvider clock, IOptions<GatewayOptions> options)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        _database = new SqliteDatabase(data.PathOf("gateway.db"), Migrations);
        _clock = clock;
        _kept = options.Value.ChatsKept;
    }

    /// <summary>Keeps a chat; where one of its documents was deleted while it was answered, only that it took place.</summary>
    public void Add(ChatRecord chat)
    {
        ArgumentNullException.ThrowIfNull(chat);
        using SqliteConnection connection = _database.Open();
        using SqliteTransaction transaction = connection.BeginTransaction();
        string[] documents = [.. chat.Chunks.Select(chunk => chunk.Document).Distinct()];
        bool isGone = connection.ExecuteScalar<long>(
            "SELECT count(*) FROM deleted_documents WHERE document_id IN @documents", new { documents }, transaction) > 0;
        connection.Execute(
            "DELETE FROM chats WHERE created_at < @since;"
            + "INSERT OR REPLACE INTO chats (id, created_at, caller, model, adapter, collection, question, answer, finish_reason, chunks, purged_at) "
            + "VALUES (@Id, @CreatedAt, @Caller, @Model, @Adapter, @Collection, @question, @answer, @FinishReason, @chunks, @purged)",
            new
            {
                chat.Id,
                chat.CreatedAt,
                chat.Caller,
                chat.Model,
                chat.Adapter,
                chat.Collection,
                chat.FinishReason,
                question = isGone ? "" : chat.Question,
                answer = isGone ? "" : chat.Answer,
                chunks = isGone ? "[]" : JsonSerializer.Serialize(chat.Chunks, WireJson.Options),
                purged = isGone ? Now() : (long?)null,
                since = Now() - (long)_kept.TotalSeconds,
            },
            transaction);
        connection.Execute(
            "INSERT OR IGNORE INTO chat_documents (chat_id, document_id) VALUES (@Id, @document)",
            documents.Select(document => new { chat.Id, document }),
            transaction);
        transaction.CommitOrFail();
    }

    public ChatRecord? Find(string id)
    {
        using SqliteConnection connection = _database.Open();
        ChatRow? row = connection.QuerySingleOrDefault<ChatRow>(
            "SELECT id AS Id, created_at AS CreatedAt, caller AS Caller, model AS Model, adapter AS Adapter, collection AS Collection, "
            + "question AS Question, answer AS Answer, finish_reason AS FinishReason, chunks AS Chunks, purged_at AS PurgedAt "
            + "FROM chats WHERE id = @id",
            new { id });
        return row is null ? null : new ChatRecord
        {
            Id = row.Id,
            CreatedAt = row.CreatedAt,
            Caller = row.Caller,
            Model = row.Model,
            Adapter = row.Adapter,
            Collection = row.Collection,
            Question = row.Question,
            Answer = row.Answer,
            FinishReason = row.FinishReason,
            Chunks = JsonSerializer.Deserialize<List<TracedChunk>>(row.Chunks, WireJson.Options)!,
            PurgedAt = row.PurgedAt,
        };
    }

    /// <summary>Those of the given chats that were purged.</summary>
    public IReadOnlyList<string> Purged(IReadOnlyCollection<string> ids)
    {
        using SqliteConnection connection = _database.Open();
        return connection.Query<string>("SELECT id FROM chats WHERE purged_at IS NOT NULL AND id IN @ids", new { ids }).AsList();
    }

    /// <summary>Forgets question, answer and passages of every chat that cites a document, now and later.</summary>
    /// <returns>How many chats were purged.</returns>
    public int PurgeDocument(string documentId)
    {
        using SqliteConnection connection = _database.Open();
        int count;
        using (SqliteTransaction transaction = connection.BeginTransaction())
        {
            count = connection.Execute(
                "UPDATE chats SET question = '', answer = '', chunks = '[]', purged_at = @now WHERE purged_at IS NULL AND id IN "
                + "(SELECT chat_id FROM chat_documents WHERE document_id = @documentId)",
                new { documentId, now = Now() },
                transaction);
            connection.Execute(
                "INSERT OR IGNORE INTO deleted_documents (document_id, deleted_at) VALUES (@documentId, @now)",
                new { documentId, now = Now() },
                transaction);
            transaction.CommitOrFail();
        }

        // The log still holds the pages as they were: fold it in and cut it off.
        connection.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        return count;
    }

    private long Now() => _clock.GetUtcNow().ToUnixTimeSeconds();

    private sealed class ChatRow
    {
        public required string Id { get; init; }

        public required long CreatedAt { get; init; }

        public required string Caller { get; init; }

        public required string Model { get; init; }

        public string? Adapter { get; init; }

        public string? Collection { get; init; }

        public required string Question { get; init; }

        public required string Answer { get; init; }

        public string? FinishReason { get; init; }

        public required string Chunks { get; init; }

        public long? PurgedAt { get; init; }
    }
}
