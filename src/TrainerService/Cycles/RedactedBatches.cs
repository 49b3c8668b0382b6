using System.Text.Json;
using Ratchet.ServiceDefaults.Events;
using Ratchet.ServiceDefaults.Storage;
using Ratchet.TrainerService.Datasets;
using Ratchet.TrainerService.Jobs;

namespace Ratchet.TrainerService.Cycles;

/// <summary>Forgets its copies of a batch that lost rows to a deleted document (F118). May be told twice.</summary>
public sealed class RedactedBatches(
    CycleStore cycles, CycleCommands commands, JobStore jobs, FileStore files, ServiceData data, TimeProvider clock)
{
    /// <summary>Handles the RagService's events.</summary>
    public Task HandleAsync(EventRecord record)
    {
        if (record.Type == "batch.redacted" && JsonElement.Parse(record.Data).TryGetProperty("id", out JsonElement id)
            && id.GetString() is { } batch)
        {
            Forget(batch);
        }

        return Task.CompletedTask;
    }

    private void Forget(string batch)
    {
        foreach (CycleState cycle in cycles.List().Where(c => c.View.Batch == batch || c.Batches.Contains(batch)))
        {
            if (!cycle.View.IsFinished)
            {
                commands.Cancel(cycle.Id);
            }

            Delete(data.PathOf("cycles", cycle.Id));
        }

        foreach (JobRecord job in jobs.List().Where(j => j.Batch == batch || j.Origin?.Batches.Contains(batch) == true))
        {
            // A cycle's jobs end with their cycle.
            if (job.Batch == batch)
            {
                jobs.Update(
                    job.Id,
                    now => now.IsTerminal ? null : now with { Status = JobStatuses.Cancelled, FinishedAt = clock.GetUtcNow().ToUnixTimeSeconds() },
                    ("warn", $"Cancelled: {batch} lost rows to a deleted document. Seal a new batch and start another job."));
            }

            var folder = new JobFolder(data.PathOf("jobs", job.Id));
            if (Directory.Exists(folder.Path))
            {
                File.Delete(folder.Samples);
                File.Delete(folder.Validation);
            }
        }

        if (batch.StartsWith("batch-", StringComparison.Ordinal))
        {
            files.Delete($"file-{batch[6..]}");
        }
    }

    private static void Delete(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
