using Ratchet.ServiceDefaults.Storage;

namespace Ratchet.TrainerService.Jobs;

/// <summary>Takes jobs in the order of their creation, as many at a time as there are slots (F130).</summary>
/// <remarks>
/// A job that is running without a lease of this instance was left behind by a killed service: it goes first. Its worker
/// ends with the service, and a lock on the job's folder keeps a second worker out until it has.
/// </remarks>
public sealed partial class JobQueue(
    JobStore store, JobRunner runner, WorkerSlots slots, TimeProvider clock, ILogger<JobQueue> logger) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(5);

    private readonly string _instance = Guid.NewGuid().ToString("N");
    private readonly Dictionary<string, Task> _running = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        try
        {
            while (true)
            {
                Task news = store.Changed.Next;
                if (Next() is null)
                {
                    await Signal.WaitAsync(news, Look, stoppingToken);
                    continue;
                }

                IDisposable slot = await slots.TakeAsync(stoppingToken);
                JobRecord? job = null;
                try
                {
                    job = Next() is { } next ? Lease(next) : null;
                }
                catch (Exception e) when (FullDisk.IsReason(e))
                {
                    LogWaits(logger, e.Message);
                    await Task.Delay(FullDisk.Pause, clock, stoppingToken);
                }

                if (job is null)
                {
                    slot.Dispose();
                    continue;
                }

                _running[job.Id] = RunAsync(job, slot, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The service stops; workers save and leave.
        }

        await Task.WhenAll(_running.Values);
    }

    private JobRecord? Next()
    {
        foreach (string ended in _running.Where(pair => pair.Value.IsCompleted).Select(pair => pair.Key).ToList())
        {
            _running.Remove(ended);
        }

        return store.WithStatus(JobStatuses.Running).Where(job => job.LeaseOwner != _instance)
            .Concat(store.WithStatus(JobStatuses.Queued))
            .FirstOrDefault(job => !_running.ContainsKey(job.Id));
    }

    private JobRecord? Lease(JobRecord next)
    {
        long now = clock.GetUtcNow().ToUnixTimeSeconds();
        bool again = next.StartedAt is not null;
        (JobRecord job, bool changed) = store.Update(
            next.Id,
            job => job.Status is JobStatuses.Queued or JobStatuses.Running
                ? job with
                {
                    Status = JobStatuses.Running,
                    LeaseOwner = _instance,
                    HeartbeatAt = now,
                    StartedAt = job.StartedAt ?? now,
                }
                : null,
            ("info", again ? "Fine-tuning job continues from its last checkpoint" : "Fine-tuning job started"));
        return changed ? job : null;
    }

    private async Task RunAsync(JobRecord job, IDisposable slot, CancellationToken stopping)
    {
        await Task.Yield();
        using IDisposable held = slot;
        try
        {
            await RunThroughAsync(job, stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Left as running: the next instance takes it up.
        }
        catch (Exception e)
        {
            LogFailed(logger, e, job.Id);
            store.Update(
                job.Id,
                now => now.IsTerminal ? null : now with
                {
                    Status = JobStatuses.Failed,
                    FinishedAt = clock.GetUtcNow().ToUnixTimeSeconds(),
                    Error = new JobError("internal_error", $"The service could not run the job: {e.Message}"),
                },
                ("error", $"The service could not run the job: {e.Message}"));
        }
    }

    // What the job did since the last write that the disk took is done again.
    private async Task RunThroughAsync(JobRecord job, CancellationToken stopping)
    {
        while (true)
        {
            try
            {
                await runner.RunAsync(store.Get(job.Id), stopping);
                return;
            }
            catch (Exception e) when (FullDisk.IsReason(e))
            {
                LogWaits(logger, e.Message);
                await Task.Delay(FullDisk.Pause, clock, stopping);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The disk is full, so jobs wait: {Reason}")]
    private static partial void LogWaits(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The job {Job} could not be run")]
    private static partial void LogFailed(ILogger logger, Exception exception, string job);
}
