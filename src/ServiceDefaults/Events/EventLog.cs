using System.Data;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Dapper;
using Ratchet.ServiceDefaults.Json;
using Ratchet.ServiceDefaults.Storage;

namespace Ratchet.ServiceDefaults.Events;

/// <summary>
/// The events of one service: numbered, kept in its database, followed by others from any number on.
/// Add <see cref="Migration"/> to the database's migrations.
/// </summary>
public sealed class EventLog(SqliteDatabase database, TimeProvider clock)
{
    /// <summary>The table, as a migration of the database that holds the log.</summary>
    public const string Migration =
        "CREATE TABLE events (seq INTEGER PRIMARY KEY AUTOINCREMENT, type TEXT NOT NULL, data TEXT NOT NULL, "
        + "created_at INTEGER NOT NULL)";

    private const int PageSize = 200;

    private readonly Lock _gate = new();
    private TaskCompletionSource _news = NewSignal();

    /// <summary>Adds an event within the transaction that made it true; call <see cref="Announce"/> after the commit.</summary>
    public long Append(IDbConnection connection, IDbTransaction? transaction, string type, object data) =>
        connection.ExecuteScalar<long>(
            "INSERT INTO events (type, data, created_at) VALUES (@type, @json, @now) RETURNING seq",
            new
            {
                type,
                json = JsonSerializer.Serialize(data, RatchetJson.Options),
                now = clock.GetUtcNow().ToUnixTimeSeconds(),
            },
            transaction);

    /// <summary>Adds an event in a transaction of its own, and announces it.</summary>
    public long Publish(string type, object data)
    {
        long seq;
        using (var connection = database.Open())
        {
            seq = Append(connection, null, type, data);
        }

        Announce();
        return seq;
    }

    /// <summary>Wakes the followers.</summary>
    public void Announce()
    {
        TaskCompletionSource news;
        lock (_gate)
        {
            news = _news;
            _news = NewSignal();
        }

        news.TrySetResult();
    }

    /// <summary>Ends with the next announcement; take it before reading what there is.</summary>
    public Task Next
    {
        get
        {
            lock (_gate)
            {
                return _news.Task;
            }
        }
    }

    /// <summary>Number of the newest event, 0 where there is none.</summary>
    public long LastSeq()
    {
        using var connection = database.Open();
        return connection.ExecuteScalar<long?>("SELECT max(seq) FROM events") ?? 0;
    }

    /// <summary>Events after a number, oldest first, at most 200.</summary>
    public IReadOnlyList<EventRecord> Read(long after)
    {
        using var connection = database.Open();
        return connection.Query<EventRecord>(
            "SELECT seq AS Seq, type AS Type, data AS Data, created_at AS CreatedAt FROM events WHERE seq > @after "
            + "ORDER BY seq LIMIT @limit",
            new { after, limit = PageSize }).AsList();
    }

    /// <summary>Events after a number and then, as they come, the new ones; ends only by cancellation.</summary>
    public async IAsyncEnumerable<EventRecord> FollowAsync(
        long after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        while (true)
        {
            // Taken before the read: what is announced during the read must not be waited for again.
            Task news;
            lock (_gate)
            {
                news = _news.Task;
            }

            IReadOnlyList<EventRecord> page = Read(after);
            foreach (EventRecord record in page)
            {
                yield return record;
                after = record.Seq;
            }

            if (page.Count == 0)
            {
                await news.WaitAsync(cancellation);
            }
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
