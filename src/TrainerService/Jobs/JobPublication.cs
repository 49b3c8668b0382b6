using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Ratchet.Contracts.Trainer;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.TrainerService.Datasets;
using Ratchet.TrainerService.Ports;
using Ratchet.TrainerService.Registry;

namespace Ratchet.TrainerService.Jobs;

/// <summary>Turns what a worker left behind into adapters, files and a finished job. Each step may be repeated.</summary>
public sealed class JobPublication(
    JobStore jobs, FileStore files, AdapterStore adapters, IAdapterServer server, TimeProvider clock)
{
    /// <summary>The exact id of what a job makes.</summary>
    public static string ModelOf(JobRecord job) => $"ft:{job.BaseModel}:ratchet:{job.Suffix}:{job.Id}";

    /// <summary>Publishes the checkpoint that an event tells of; null for other events.</summary>
    public JobCheckpoint? Checkpoint(JobRecord job, JobFolder folder, WorkerEvent item)
    {
        if (item.Checkpoint is not { } name || item.Step is not { } step)
        {
            return null;
        }

        string source = Path.Combine(folder.Path, name);
        string id = $"{ModelOf(job)}:ckpt-step-{step}";
        if (adapters.WasDeleted(id))
        {
            // A worker that goes on from before it has made it again.
            return null;
        }

        if (adapters.Find(id) is null && Directory.Exists(source))
        {
            adapters.Publish(Record(job, id, new Dictionary<string, double>(), job.TrainedTokens ?? 0) with
            {
                CheckpointStep = step,
            }, source);
        }

        return new JobCheckpoint(
            0, $"ftckpt_{Short(id)}", job.Id, item.CreatedAt, id, step, item.Data ?? JsonElement.Parse("{}"));
    }

    /// <summary>Deletes the checkpoints beyond those that the job keeps; one that an alias holds stays.</summary>
    public void DropCheckpoints(JobRecord job, JobFolder folder)
    {
        foreach (JobCheckpoint checkpoint in CheckpointRetention.ToDrop(jobs.Checkpoints(job.Id), job.Settings.KeepCheckpoints))
        {
            if (adapters.Find(checkpoint.Model) is { } adapter)
            {
                if (adapter.Aliases.Count > 0)
                {
                    continue;
                }

                adapters.Delete(checkpoint.Model);
            }

            jobs.RemoveCheckpoint(checkpoint.Id);
            Delete(folder.PublishedCheckpoint(checkpoint.Step));
        }
    }

    public async Task FinishAsync(JobRecord job, JobFolder folder, JobResult result, CancellationToken cancellation)
    {
        if (job.Settings.MakesModel)
        {
            JobModel model = Model(folder);
            Finish(job, folder, result, done => done with { Model = model }, $"New model created, and no adapter: {model.Base}. To serve it, start with Model:Base set to that; adapters of the base before do not fit it.");
            return;
        }

        string id = ModelOf(job);
        AdapterRecord adapter = adapters.Publish(Record(job, id, result.Metrics, result.TrainedTokens), folder.Adapter);
        try
        {
            await server.LoadAsync(adapter.Id, adapter.Path, cancellation);
        }
        catch (ApiException e)
        {
            // Serving it is not a part of training it: it is loaded when the server is back.
            jobs.AddEvent(job.Id, "warn", $"The new model is not loaded for serving yet: {e.Message}");
        }

        Finish(job, folder, result, done => done with { FineTunedModel = id }, $"New fine-tuned model created: {id}");
    }

    private void Finish(JobRecord job, JobFolder folder, JobResult result, Func<JobRecord, JobRecord> made, string message)
    {
        FileRecord csv = files.Add(
            $"file-{Short(job.Id + " results")}", "step_metrics.csv", FileStore.ResultPurpose,
            Encoding.UTF8.GetBytes(ResultTable.Write(jobs.Events(job.Id))), 0, null);
        jobs.Update(
            job.Id,
            now => now.Status != JobStatuses.Running ? null : made(now) with
            {
                Status = JobStatuses.Succeeded,
                FinishedAt = clock.GetUtcNow().ToUnixTimeSeconds(),
                TrainedTokens = result.TrainedTokens,
                ResultFile = csv.Id,
                Metrics = result.Metrics,
            },
            ("info", message),
            ("info", "The job has successfully completed"));
        Clean(folder);
    }

    private static JobModel Model(JobFolder folder)
    {
        AdapterFile[] written =
        [
            .. Directory.EnumerateFiles(folder.Model).Order(StringComparer.Ordinal).Select(file => new AdapterFile(
                Path.GetFileName(file), new FileInfo(file).Length, Hash(file))),
        ];
        string? gguf = Directory.EnumerateFiles(folder.Model, "*.gguf").FirstOrDefault();
        return new JobModel(gguf ?? folder.Model, written.Sum(file => file.Bytes), written);
    }

    private static string Hash(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private AdapterRecord Record(
        JobRecord job, string id, IReadOnlyDictionary<string, double> metrics, long trainedTokens) => new()
        {
            Id = id,
            CreatedAt = clock.GetUtcNow().ToUnixTimeSeconds(),
            BaseModel = job.BaseModel,
            BaseSha256 = job.BaseSha256,
            Suffix = job.Suffix,
            Job = job.Id,
            Cycle = job.Origin?.Cycle,
            Batch = job.Origin?.Batch ?? job.Batch,
            TrainingFile = job.Request.TrainingFile,
            Path = "",
            Files = [],
            Rank = job.Settings.Rank,
            Alpha = job.Settings.Alpha,
            TargetModules = job.Settings.TargetModules,
            TrainedOn = TuningMethods.TrainedOn(job.Settings, job.BaseWeights),
            Metrics = new Dictionary<string, double>(metrics) { ["trained_tokens"] = trainedTokens },
            Lineage = new AdapterLineage
            {
                Collection = job.Origin?.Collection,
                Batches = job.Origin?.Batches ?? (job.Batch is { } batch ? [batch] : []),
                TrainingSha256 = files.Find(job.Request.TrainingFile)?.Sha256 ?? "",
                Examples = job.ExampleCount,
                ReplayExamples = job.Origin?.ReplayCount ?? 0,
            },
        };

    // They hold the optimiser's moments; nobody resumes a finished job.
    private static void Clean(JobFolder folder)
    {
        folder.DropRecoveryCheckpoints();
        folder.DropBestCheckpoints();
    }

    private static void Delete(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Short(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..24];
}
