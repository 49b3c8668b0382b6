using Dapper;
using Microsoft.Data.Sqlite;
using Ratchet.ServiceDefaults.Storage;

namespace Ratchet.Gateway.Records;

/// <summary>What models did on somebody's behalf: on disk before it is done, and completed with what came of it.</summary>
public sealed class AuditLog
{
    private const int TextMax = 4000;

    private static readonly string[] Migrations =
    [
        """
        CREATE TABLE audit (
          seq INTEGER PRIMARY KEY AUTOINCREMENT, created_at INTEGER NOT NULL, caller TEXT NOT NULL, role TEXT NOT NULL,
          action TEXT NOT NULL, arguments TEXT NOT NULL, outcome TEXT, detail TEXT);
        """,
    ];

    private readonly SqliteDatabase _database;
    private readonly TimeProvider _clock;

    public AuditLog(ServiceData data, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(data);
        _database = new SqliteDatabase(data.PathOf("audit.db"), Migrations);
        _clock = clock;
    }

    /// <summary>Records what is about to be done; it is on the disk when this returns.</summary>
    /// <returns>The entry's number, for <see cref="Complete"/>.</returns>
    public long Begin(string caller, string role, string action, string arguments)
    {
        using SqliteConnection connection = _database.Open();
        return connection.ExecuteScalar<long>(
            "INSERT INTO audit (created_at, caller, role, action, arguments) VALUES (@now, @caller, @role, @action, @text) RETURNING seq",
            new { now = _clock.GetUtcNow().ToUnixTimeSeconds(), caller, role, action, text = Cut(arguments) });
    }

    /// <summary>Adds what came of it: done, refused or failed.</summary>
    public void Complete(long seq, string outcome, string detail)
    {
        using SqliteConnection connection = _database.Open();
        connection.Execute(
            "UPDATE audit SET outcome = @outcome, detail = @text WHERE seq = @seq", new { seq, outcome, text = Cut(detail) });
    }

    /// <summary>Newest first, older than <paramref name="before"/> where given.</summary>
    public IReadOnlyList<AuditEntry> List(int limit, long? before = null)
    {
        using SqliteConnection connection = _database.Open();
        return connection.Query<AuditEntry>(
            """
            SELECT seq AS Id, created_at AS CreatedAt, caller AS Caller, role AS Role, action AS Action, arguments AS Arguments,
                outcome AS Outcome, detail AS Detail
            FROM audit WHERE @before IS NULL OR seq < @before ORDER BY seq DESC LIMIT @limit
            """,
            new { limit, before }).AsList();
    }

    private static string Cut(string text) => text.Length <= TextMax ? text : text[..TextMax] + "...";
}

/// <summary>One act of a model.</summary>
public sealed record AuditEntry
{
    public long Id { get; init; }

    public string Object { get; init; } = "audit.entry";

    public long CreatedAt { get; init; }

    /// <summary>In whose name.</summary>
    public string Caller { get; init; } = "";

    public string Role { get; init; } = "";

    /// <summary>The function, as plugin.function, or prompt.</summary>
    public string Action { get; init; } = "";

    /// <summary>JSON.</summary>
    public string Arguments { get; init; } = "";

    /// <summary>done, refused or failed; null where the gateway ended in between.</summary>
    public string? Outcome { get; init; }

    public string? Detail { get; init; }
}
