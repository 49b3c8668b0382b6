using System.Text.Json;
using Dapper;
using Microsoft.Data.Sqlite;
using Ratchet.Contracts;
using Ratchet.Contracts.Trainer;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.ServiceDefaults.Events;
using Ratchet.ServiceDefaults.Storage;

namespace Ratchet.TrainerService.Cycles;

/// <summary>Cycles on the disk: after each change, a kill finds the cycle as it was.</summary>
public sealed class CycleStore(TrainerDatabase database, EventLog events, TimeProvider clock)
{
    private const string UnfinishedSql =
        "SELECT id FROM cycles WHERE status IN ('running', 'paused') AND json_extract(record, '$.request.collection') = @Collection";

    private readonly Lock _writing = new();

    /// <summary>Raised after any change.</summary>
    public Signal Changed { get; } = new();

    /// <param name="request">What to do.</param>
    /// <param name="trigger">What started it.</param>
    /// <param name="fence">Token of the lock that the starter holds; null where no other can start one.</param>
    /// <exception cref="ApiException">409 cycle_running: one of the same collection has not ended.</exception>
    /// <exception cref="LockLostException">A later holder of the lock has been here.</exception>
    public CycleState Add(StartCycleRequest request, string trigger, Fence? fence = null)
    {
        string id = $"cycle-{Guid.CreateVersion7(clock.GetUtcNow()):N}";
        var state = new CycleState
        {
            Request = request,
            View = new CycleRecord
            {
                Id = id,
                Collection = request.Collection,
                Status = CycleStatuses.Running,
                CreatedAt = Now(),
                Trigger = trigger,
                Reason = request.Reason,
                Seed = request.Seed,
                Steps = [.. CycleRunner.StepNames.Select(name => new CycleStep(name, "waiting"))],
            },
        };
        lock (_writing)
        {
            using var connection = database.Open();
            using var transaction = connection.BeginTransaction();
            Pass(connection, transaction, fence);
            string? running = connection.QueryFirstOrDefault<string>(UnfinishedSql, new { request.Collection }, transaction);
            if (running is not null)
            {
                throw new ApiException(
                    409, "cycle_running",
                    $"The cycle {running} of '{request.Collection}' has not ended. Wait for it, or cancel it, and start again.",
                    "collection");
            }

            connection.Execute(
                "INSERT INTO cycles (id, status, record) VALUES (@id, @Status, @json)",
                new { id, state.View.Status, json = Json(state) },
                transaction);
            events.Append(connection, transaction, "cycle.started", new { Cycle = id, request.Collection, Trigger = trigger });
            transaction.CommitOrFail();
        }

        Announce();
        return state;
    }

    public CycleState? Find(string id)
    {
        using var connection = database.Open();
        string? json = connection.QuerySingleOrDefault<string>("SELECT record FROM cycles WHERE id = @id", new { id });
        return json is null ? null : Parse(json);
    }

    public CycleState Get(string id) => Find(id) ?? throw ApiException.NotFound(
        "cycle", id, "GET /v1/cycles lists those that exist.");

    /// <summary>Newest first.</summary>
    public IReadOnlyList<CycleState> List()
    {
        using var connection = database.Open();
        return [.. connection.Query<string>("SELECT record FROM cycles ORDER BY seq DESC").Select(Parse)];
    }

    /// <summary>Cycles that are to go on, the oldest first.</summary>
    public IReadOnlyList<CycleState> Running()
    {
        using var connection = database.Open();
        return [.. connection.Query<string>("SELECT record FROM cycles WHERE status = 'running' ORDER BY seq").Select(Parse)];
    }

    /// <summary>The cycle of a collection that has not ended, if there is one.</summary>
    public string? Unfinished(string collection)
    {
        using var connection = database.Open();
        return connection.QueryFirstOrDefault<string>(UnfinishedSql, new { Collection = collection });
    }

    /// <summary>Changes a cycle as it is at this moment.</summary>
    /// <param name="change">Gets the present state; returns null to leave it as it is.</param>
    /// <param name="fence">Token of the lock under which this is done, where it is done under one.</param>
    /// <exception cref="LockLostException">A later holder of the lock has been here.</exception>
    public (CycleState State, bool Changed) Update(string id, Func<CycleState, CycleState?> change, Fence? fence = null)
    {
        CycleState after;
        lock (_writing)
        {
            using var connection = database.Open();
            using var transaction = connection.BeginTransaction();
            Pass(connection, transaction, fence);
            CycleState before = Parse(connection.QuerySingle<string>(
                "SELECT record FROM cycles WHERE id = @id", new { id }, transaction));
            if (change(before) is not { } changed)
            {
                return (before, false);
            }

            after = changed;
            connection.Execute(
                "UPDATE cycles SET status = @Status, record = @json WHERE id = @id",
                new { id, after.View.Status, json = Json(after) },
                transaction);
            if (before.View.Status != after.View.Status)
            {
                events.Append(
                    connection, transaction, $"cycle.{after.View.Status}",
                    new { Cycle = id, after.View.Collection, after.View.Adapter, after.View.Verdict, after.View.Error });
            }

            transaction.CommitOrFail();
        }

        Announce();
        return (after, true);
    }

    /// <summary>When a named thing last happened, in Unix seconds; null where it never did.</summary>
    public long? LastTime(string name)
    {
        using var connection = database.Open();
        return connection.QuerySingleOrDefault<long?>("SELECT at FROM schedule WHERE name = @name", new { name });
    }

    public void SetTime(string name, long at)
    {
        using var connection = database.Open();
        connection.Execute(
            "INSERT INTO schedule (name, at) VALUES (@name, @at) ON CONFLICT (name) DO UPDATE SET at = excluded.at",
            new { name, at });
    }

    // A holder that was paused past its time comes here with a smaller token than the one after it left.
    private static void Pass(SqliteConnection connection, SqliteTransaction transaction, Fence? fence)
    {
        if (fence is null)
        {
            return;
        }

        long seen = connection.QuerySingleOrDefault<long?>(
            "SELECT token FROM fences WHERE name = @Name", new { fence.Name }, transaction) ?? 0;
        if (seen > fence.Token)
        {
            throw new LockLostException(fence.Name, fence.Token, seen);
        }

        if (seen < fence.Token)
        {
            connection.Execute(
                "INSERT INTO fences (name, token) VALUES (@Name, @Token) ON CONFLICT (name) DO UPDATE SET token = excluded.token",
                new { fence.Name, fence.Token },
                transaction);
        }
    }

    private void Announce()
    {
        Changed.Set();
        events.Announce();
    }

    private long Now() => clock.GetUtcNow().ToUnixTimeSeconds();

    private static string Json(CycleState state) => JsonSerializer.Serialize(state, WireJson.Options);

    private static CycleState Parse(string json) => JsonSerializer.Deserialize<CycleState>(json, WireJson.Options)!;
}
