using Dapper;

namespace Ratchet.ServiceDefaults.Storage;

/// <summary>
/// Answers of requests that create something, kept by their Idempotency-Key: the same request sent twice creates one thing.
/// Add <see cref="Migration"/> to the database's migrations.
/// </summary>
public sealed class IdempotencyStore(SqliteDatabase database, TimeProvider clock)
{
    /// <summary>The table, as a migration.</summary>
    public const string Migration =
        "CREATE TABLE idempotency (key TEXT PRIMARY KEY, request_hash TEXT NOT NULL, status INTEGER NOT NULL, "
        + "content_type TEXT NOT NULL, body BLOB NOT NULL, created_at INTEGER NOT NULL)";

    private static readonly TimeSpan Kept = TimeSpan.FromDays(1);

    /// <summary>The kept answer, or null.</summary>
    public StoredAnswer? Find(string key)
    {
        using var connection = database.Open();
        return connection.QuerySingleOrDefault<StoredAnswer>(
            "SELECT request_hash AS RequestHash, status AS Status, content_type AS ContentType, body AS Body "
            + "FROM idempotency WHERE key = @key AND created_at > @since",
            new { key, since = (clock.GetUtcNow() - Kept).ToUnixTimeSeconds() });
    }

    /// <summary>Keeps an answer for a day.</summary>
    public void Keep(string key, StoredAnswer answer)
    {
        long now = clock.GetUtcNow().ToUnixTimeSeconds();
        using var connection = database.Open();
        connection.Execute(
            "DELETE FROM idempotency WHERE created_at <= @since;"
            + "INSERT OR IGNORE INTO idempotency (key, request_hash, status, content_type, body, created_at) "
            + "VALUES (@key, @RequestHash, @Status, @ContentType, @Body, @now)",
            new
            {
                key,
                answer.RequestHash,
                answer.Status,
                answer.ContentType,
                answer.Body,
                now,
                since = now - (long)Kept.TotalSeconds,
            });
    }

    /// <summary>Forgets every kept answer that holds a text, for example of a document that was deleted.</summary>
    public void Forget(string text)
    {
        using var connection = database.Open();
        connection.Execute(
            "DELETE FROM idempotency WHERE instr(CAST(body AS TEXT), @text) > 0", new { text });
    }
}

/// <summary>An answer as it went out.</summary>
public sealed class StoredAnswer
{
    public required string RequestHash { get; init; }

    public required long Status { get; init; }

    public required string ContentType { get; init; }

    public required byte[] Body { get; init; }
}
