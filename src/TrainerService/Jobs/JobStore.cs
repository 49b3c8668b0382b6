using System.Data;
using System.Text.Json;
using Dapper;
using Ratchet.Contracts;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.ServiceDefaults.Events;
using Ratchet.ServiceDefaults.Storage;
using Ratchet.TrainerService.Datasets;

namespace Ratchet.TrainerService.Jobs;

/// <summary>Jobs, their events and checkpoints, on the disk before anyone is told of them (F130, F154).</summary>
public sealed class JobStore(TrainerDatabase database, EventLog events, TimeProvider clock) : IFileUse
{
    private readonly Lock _writing = new();

    /// <summary>Raised after any change of a job or its events.</summary>
    public Signal Changed { get; } = new();

    /// <summary>Adds a job and its first events in one transaction; the same id twice is the same job.</summary>
    public JobRecord Add(JobRecord job, IReadOnlyList<string> messages)
    {
        lock (_writing)
        {
            using var connection = database.Open();
            using var transaction = connection.BeginTransaction();
            int added = connection.Execute(
                "INSERT OR IGNORE INTO jobs (id, status, record) VALUES (@Id, @Status, @json)",
                new { job.Id, job.Status, json = Json(job) },
                transaction);
            if (added > 0)
            {
                foreach (string message in messages)
                {
                    Append(connection, transaction, job.Id, "info", "message", message, null, null, job.CreatedAt);
                }

                events.Append(connection, transaction, "job.created", new { Job = job.Id, job.BaseModel });
            }

            transaction.CommitOrFail();
        }

        Announce();
        return Get(job.Id);
    }

    public JobRecord? Find(string id)
    {
        using var connection = database.Open();
        string? json = connection.QuerySingleOrDefault<string>("SELECT record FROM jobs WHERE id = @id", new { id });
        return json is null ? null : JsonSerializer.Deserialize<JobRecord>(json, WireJson.Options);
    }

    public JobRecord Get(string id) => Find(id) ?? throw new ApiException(
        404, "fine_tune_not_found", $"Could not find fine tune: {id}. GET /v1/fine_tuning/jobs lists those that exist.", "fine_tune_id");

    /// <summary>Newest first.</summary>
    public IReadOnlyList<JobRecord> List()
    {
        using var connection = database.Open();
        return [.. connection.Query<string>("SELECT record FROM jobs ORDER BY seq DESC").Select(Parse)];
    }

    /// <summary>Jobs of a status, oldest first.</summary>
    public IReadOnlyList<JobRecord> WithStatus(string status)
    {
        using var connection = database.Open();
        return
        [
            .. connection.Query<string>("SELECT record FROM jobs WHERE status = @status ORDER BY seq", new { status })
                .Select(Parse),
        ];
    }

    /// <summary>Changes a job as it is at this moment, in one transaction with an event that says so.</summary>
    /// <param name="change">Gets the present record; returns null to leave it as it is.</param>
    /// <param name="messages">Level and text of events to add where something changed.</param>
    /// <returns>The record after the change, and whether there was one.</returns>
    public (JobRecord Job, bool Changed) Update(
        string id, Func<JobRecord, JobRecord?> change, params IReadOnlyList<(string Level, string Message)> messages)
    {
        JobRecord after;
        lock (_writing)
        {
            using var connection = database.Open();
            using var transaction = connection.BeginTransaction();
            JobRecord before = Parse(connection.QuerySingle<string>(
                "SELECT record FROM jobs WHERE id = @id", new { id }, transaction));
            if (change(before) is not { } changed)
            {
                return (before, false);
            }

            after = changed;
            Write(connection, transaction, after);
            foreach ((string level, string message) in messages)
            {
                Append(connection, transaction, id, level, "message", message, null, null, Now());
            }

            if (before.Status != after.Status)
            {
                events.Append(
                    connection, transaction, $"job.{after.Status}",
                    new { Job = id, after.FineTunedModel, after.Error });
            }

            transaction.CommitOrFail();
        }

        Announce();
        return (after, true);
    }

    public void AddEvent(string id, string level, string message, object? data = null)
    {
        lock (_writing)
        {
            using var connection = database.Open();
            using var transaction = connection.BeginTransaction();
            string? json = data is null ? null : JsonSerializer.Serialize(data, WireJson.Options);
            Append(connection, transaction, id, level, "message", message, json, null, Now());
            transaction.CommitOrFail();
        }

        Announce();
    }

    /// <summary>Takes over what a worker wrote: events, checkpoints and how far they were read, all or nothing.</summary>
    public JobRecord Ingest(
        string id, IReadOnlyList<WorkerEvent> written, long eventBytes, IReadOnlyList<JobCheckpoint> checkpoints)
    {
        JobRecord after;
        lock (_writing)
        {
            using var connection = database.Open();
            using var transaction = connection.BeginTransaction();
            JobRecord job = Parse(connection.QuerySingle<string>(
                "SELECT record FROM jobs WHERE id = @id", new { id }, transaction));
            int lastStep = job.LastStep;
            long? estimate = job.EstimatedFinish;
            long? tokens = job.TrainedTokens;
            foreach (WorkerEvent item in written)
            {
                Append(
                    connection, transaction, id, item.Level, item.Type, item.Message, item.Data?.GetRawText(), item.Step,
                    item.CreatedAt);
                lastStep = Math.Max(lastStep, item.Step ?? 0);
                estimate = item.EstimatedFinish ?? estimate;
                tokens = item.TrainedTokens ?? tokens;
            }

            connection.Execute(
                "INSERT OR IGNORE INTO job_checkpoints (id, job, created_at, model, step, metrics) "
                + "VALUES (@Id, @Job, @CreatedAt, @Model, @Step, @metrics)",
                checkpoints.Select(c => new { c.Id, c.Job, c.CreatedAt, c.Model, c.Step, metrics = c.Metrics.GetRawText() }),
                transaction);
            after = job with
            {
                EventBytes = eventBytes,
                LastStep = lastStep,
                EstimatedFinish = estimate,
                TrainedTokens = tokens,
                HeartbeatAt = Now(),
                Attempts = lastStep > job.LastStep ? 0 : job.Attempts,
            };
            Write(connection, transaction, after);
            transaction.CommitOrFail();
        }

        Announce();
        return after;
    }

    /// <summary>Events of a job after a number, oldest first.</summary>
    public IReadOnlyList<JobEvent> EventsAfter(string job, long seq, int limit = 500)
    {
        using var connection = database.Open();
        return
        [
            .. connection.Query<EventRow>(
                EventFields + " WHERE job = @job AND seq > @seq ORDER BY seq LIMIT @limit", new { job, seq, limit })
                .Select(row => row.ToEvent()),
        ];
    }

    /// <summary>All events of a job, newest first.</summary>
    public IReadOnlyList<JobEvent> Events(string job)
    {
        using var connection = database.Open();
        return
        [
            .. connection.Query<EventRow>(EventFields + " WHERE job = @job ORDER BY seq DESC", new { job })
                .Select(row => row.ToEvent()),
        ];
    }

    /// <summary>What the newest step of a job measured; null before the first.</summary>
    public JsonElement? NewestMetrics(string job)
    {
        using var connection = database.Open();
        string? json = connection.QueryFirstOrDefault<string>(
            "SELECT data FROM job_events WHERE job = @job AND type = 'metrics' AND data IS NOT NULL ORDER BY seq DESC LIMIT 1",
            new { job });
        return json is null ? null : JsonElement.Parse(json);
    }

    /// <summary>Published checkpoints of a job, newest first.</summary>
    public IReadOnlyList<JobCheckpoint> Checkpoints(string job)
    {
        using var connection = database.Open();
        return
        [
            .. connection.Query<CheckpointRow>(
                "SELECT seq AS Seq, id AS Id, job AS Job, created_at AS CreatedAt, model AS Model, step AS Step, "
                + "metrics AS Metrics FROM job_checkpoints WHERE job = @job ORDER BY step DESC",
                new { job }).Select(row => row.ToCheckpoint()),
        ];
    }

    /// <summary>Forgets a checkpoint; its event stays.</summary>
    public void RemoveCheckpoint(string id)
    {
        lock (_writing)
        {
            using var connection = database.Open();
            connection.Execute("DELETE FROM job_checkpoints WHERE id = @id", new { id });
        }

        Announce();
    }

    /// <inheritdoc/>
    public string? UserOf(string fileId) => List().FirstOrDefault(
        job => !job.IsTerminal && (job.Request.TrainingFile == fileId || job.Request.ValidationFile == fileId))?.Id;

    private const string EventFields =
        "SELECT seq AS Seq, job AS Job, id AS Id, created_at AS CreatedAt, level AS Level, type AS Type, message AS Message, "
        + "data AS Data FROM job_events";

    // A worker that resumes repeats the steps after its checkpoint: the unique index on the step drops the repeats.
    private void Append(
        IDbConnection connection, IDbTransaction transaction, string job, string level, string type, string message,
        string? data, int? step, long createdAt) =>
        connection.Execute(
            "INSERT OR IGNORE INTO job_events (id, job, created_at, level, type, message, data, step) "
            + "VALUES (@id, @job, @createdAt, @level, @type, @message, @data, @step)",
            new
            {
                id = $"ftevent-{Guid.CreateVersion7(clock.GetUtcNow()):N}",
                job,
                createdAt,
                level,
                type,
                message,
                data,
                step,
            },
            transaction);

    private static void Write(IDbConnection connection, IDbTransaction transaction, JobRecord job) => connection.Execute(
        "UPDATE jobs SET status = @Status, record = @json WHERE id = @Id",
        new { job.Id, job.Status, json = Json(job) },
        transaction);

    private void Announce()
    {
        Changed.Set();
        events.Announce();
    }

    private long Now() => clock.GetUtcNow().ToUnixTimeSeconds();

    private static string Json(JobRecord job) => JsonSerializer.Serialize(job, WireJson.Options);

    private static JobRecord Parse(string json) => JsonSerializer.Deserialize<JobRecord>(json, WireJson.Options)!;

    private sealed record EventRow(
        long Seq, string Job, string Id, long CreatedAt, string Level, string Type, string Message, string? Data)
    {
        public JobEvent ToEvent() => new(
            Seq, Job, Id, CreatedAt, Level, Type, Message, Data is null ? null : JsonElement.Parse(Data));
    }

    private sealed record CheckpointRow(
        long Seq, string Id, string Job, long CreatedAt, string Model, long Step, string Metrics)
    {
        public JobCheckpoint ToCheckpoint() => new(Seq, Id, Job, CreatedAt, Model, (int)Step, JsonElement.Parse(Metrics));
    }
}
