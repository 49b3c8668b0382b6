using Microsoft.Extensions.Options;
using Ratchet.ServiceDefaults.Storage;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Jobs;

/// <summary>Brings one job from running to its end: prepares the folder, keeps a worker on it, publishes what came out.</summary>
public sealed class JobRunner(
    JobStore store, JobPreparation preparation, JobPublication publication, IWorkerRunner workers,
    ServiceData data, IOptions<TrainerOptions> options, TimeProvider clock)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public async Task RunAsync(JobRecord job, CancellationToken stopping)
    {
        var folder = new JobFolder(data.PathOf("jobs", job.Id));
        if (folder.ReadResult() is null)
        {
            await preparation.PrepareAsync(job, folder, stopping);
        }

        bool isFull = false;
        while (folder.ReadResult() is null)
        {
            job = store.Get(job.Id);
            if (job.Status != JobStatuses.Running)
            {
                return;
            }

            if (job.Attempts >= options.Value.Attempts)
            {
                Fail(job, new JobError(
                    "worker_died",
                    $"The worker died {job.Attempts} times without finishing a step. The last events say what it wrote; a job "
                    + "that needs less memory (smaller batch_size, max_length or rank) may pass."));
                return;
            }

            WorkerExit exit = await WorkAsync(job, folder, stopping);
            stopping.ThrowIfCancellationRequested();
            if (exit.Code == WorkerExit.DiskFull)
            {
                await WaitForSpaceAsync(job.Id, isFirst: !isFull, stopping);
                isFull = true;
                continue;
            }

            isFull = false;
            if (exit.Code is not (WorkerExit.Done or WorkerExit.Stopped) && store.Get(job.Id).Status == JobStatuses.Running)
            {
                store.Update(
                    job.Id,
                    now => now with { Attempts = now.Attempts + (exit.Code == WorkerExit.Held ? 0 : 1) },
                    ("warn", exit.Code == WorkerExit.Held
                        ? "Another worker still holds the job's folder; waiting for it to end."
                        : $"The worker died (exit code {exit.Code}); another one takes the job up from its last checkpoint. "
                            + exit.LastWords));
                await Task.Delay(Pause, stopping);
            }
        }

        await FinishAsync(store.Get(job.Id), folder, stopping);
    }

    // No fault of the job: it goes on from its last checkpoint as soon as there is room, and no attempt is counted.
    private async Task WaitForSpaceAsync(string id, bool isFirst, CancellationToken stopping)
    {
        if (isFirst)
        {
            store.AddEvent(
                id, "warn",
                $"The disk that holds {data.Folder} is full. The job waits at its last checkpoint and goes on by itself when there is space; free some, or cancel the job.");
        }

        await Task.Delay(FullDisk.Pause, clock, stopping);
    }

    private async Task<WorkerExit> WorkAsync(JobRecord job, JobFolder folder, CancellationToken stopping)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        using var kill = new CancellationTokenSource();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        Task watch = WatchAsync(job.Id, stop, kill, ended.Token);
        try
        {
            return await workers.RunAsync("job", folder.Path, () => IngestAsync(job.Id, folder), stop.Token, kill.Token);
        }
        finally
        {
            await ended.CancelAsync();
            await watch.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await IngestAsync(job.Id, folder);
        }
    }

    // A pause lets the worker save; a cancelled job needs nothing saved; a silent worker is ended.
    private async Task WatchAsync(
        string id, CancellationTokenSource stop, CancellationTokenSource kill, CancellationToken cancellation)
    {
        long started = clock.GetUtcNow().ToUnixTimeSeconds();
        while (true)
        {
            Task news = store.Changed.Next;
            JobRecord job = store.Get(id);
            switch (job.Status)
            {
                case JobStatuses.Running:
                    break;
                case JobStatuses.Cancelled:
                    await kill.CancelAsync();
                    return;
                default:
                    await stop.CancelAsync();
                    return;
            }

            long silent = clock.GetUtcNow().ToUnixTimeSeconds() - Math.Max(started, job.HeartbeatAt ?? 0);
            if (silent > options.Value.HeartbeatTimeout.TotalSeconds)
            {
                store.AddEvent(id, "warn", $"The worker has been silent for {silent} seconds; it is ended and started again.");
                await kill.CancelAsync();
                return;
            }

            await Signal.WaitAsync(news, TimeSpan.FromSeconds(5), cancellation);
        }
    }

    private Task IngestAsync(string id, JobFolder folder)
    {
        JobRecord job = store.Get(id);
        (IReadOnlyList<WorkerEvent> written, long end) = LineFile.Read<WorkerEvent>(folder.Events, job.EventBytes);
        JobCheckpoint[] checkpoints = [.. written.Select(item => publication.Checkpoint(job, folder, item)).OfType<JobCheckpoint>()];
        store.Ingest(id, written, end, checkpoints);
        if (checkpoints.Length > 0)
        {
            publication.DropCheckpoints(job, folder);
        }

        return Task.CompletedTask;
    }

    private async Task FinishAsync(JobRecord job, JobFolder folder, CancellationToken cancellation)
    {
        JobResult result = folder.ReadResult()!;
        if (job.Status != JobStatuses.Running)
        {
            return;
        }

        if (result.Status != JobStatuses.Succeeded)
        {
            Fail(job, result.Error ?? new JobError("failed", "The worker gave no reason."));
            return;
        }

        await publication.FinishAsync(job, folder, result, cancellation);
    }

    private void Fail(JobRecord job, JobError error) => store.Update(
        job.Id,
        now => now.Status != JobStatuses.Running ? null : now with
        {
            Status = JobStatuses.Failed,
            FinishedAt = clock.GetUtcNow().ToUnixTimeSeconds(),
            Error = error,
        },
        ("error", $"Fine-tuning job failed: {error.Message}"));
}
