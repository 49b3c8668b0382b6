using Dapper;
using Microsoft.Data.Sqlite;
using Ratchet.ServiceDefaults.Events;
using Ratchet.ServiceDefaults.Storage;

namespace Ratchet.RagService.Infrastructure.Sqlite;

/// <summary>
/// The truth of this service. Readers come as they like; writers take turns, and a writer's changes to the index happen in its
/// turn too, so that the index changes in the order of the commits.
/// </summary>
internal sealed class KnowledgeDatabase(SqliteDatabase database, EventLog events) : IDisposable
{
    private const int ScrubAttempts = 3;

    private readonly SemaphoreSlim _turn = new(1);

    static KnowledgeDatabase()
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
    }

    /// <summary>A connection for reading.</summary>
    public SqliteConnection Open() => database.Open();

    /// <summary>
    /// Runs <paramref name="work"/> in a transaction. When the task ends, its changes are on the disk, the index shows them and
    /// the events are told.
    /// </summary>
    public async Task<T> WriteAsync<T>(Func<KnowledgeWrite, T> work, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            using SqliteConnection connection = database.Open();
            using SqliteTransaction transaction = connection.BeginTransaction();
            var write = new KnowledgeWrite(connection, transaction, events);
            T result = work(write);
            try
            {
                foreach ((Func<Task> step, _) in write.BeforeCommitSteps)
                {
                    await step();
                }

                transaction.CommitOrFail();
            }
            catch
            {
                foreach ((_, Func<Task> undo) in write.BeforeCommitSteps)
                {
                    await undo();
                }

                throw;
            }

            foreach (Func<Task> step in write.AfterCommitSteps)
            {
                // Not to be cancelled: the commit has happened, and the index has to follow.
                await step();
            }

            if (write.HasEvents)
            {
                events.Announce();
            }

            return result;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Overwrites what the write-ahead log still holds of deleted rows.</summary>
    /// <remarks>Deleted rows are zeroed in the file itself by `secure_delete`; the log keeps old pages until it is cut off.</remarks>
    public async Task ScrubLogAsync(CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            using SqliteConnection connection = database.Open();
            connection.Execute("PRAGMA busy_timeout=1000");
            for (int attempt = 0; attempt < ScrubAttempts; attempt++)
            {
                // A reader in the middle of the log holds it; readers here are short.
                (long isBusy, _, _) = connection.QuerySingle<(long, long, long)>(
                    "PRAGMA wal_checkpoint(TRUNCATE)");
                if (isBusy == 0)
                {
                    return;
                }
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();
}
