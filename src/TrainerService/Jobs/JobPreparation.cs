using Microsoft.Extensions.Options;
using Ratchet.ServiceDefaults.Storage;
using Ratchet.TrainerService.Datasets;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Jobs;

/// <summary>Writes what a worker needs into the job's folder. Doing it twice gives the same files.</summary>
public sealed class JobPreparation(
    FileStore files, IDatasetReader reader, JobStore store, IOptions<TrainerOptions> options)
{
    public async Task PrepareAsync(JobRecord job, JobFolder folder, CancellationToken cancellation)
    {
        if (File.Exists(folder.Work))
        {
            return;
        }

        Directory.CreateDirectory(folder.Path);
        await Task.Run(() => Prepare(job, folder), cancellation);
    }

    private void Prepare(JobRecord job, JobFolder folder)
    {
        if (job.Origin is { } origin)
        {
            SampleFile.Write(folder.Samples, SampleFile.Read(origin.SamplesPath));
        }
        else
        {
            List<TrainingConversation> samples = [.. Conversations(job.Request.TrainingFile)];
            int own = samples.Count;
            samples.AddRange(Replay(own, job.Settings));
            if (samples.Count > own)
            {
                store.AddEvent(
                    job.Id, "info", $"{samples.Count - own} general examples replayed beside {own} of the training file.");
            }

            SampleFile.Write(folder.Samples, samples);
        }

        if (job.Request.ValidationFile is { } validation)
        {
            SampleFile.Write(folder.Validation, Conversations(validation));
        }

        JobFolder.Write(folder.Work, new JobWork
        {
            Id = job.Id,
            ModelPath = job.ModelPath,
            ModelName = job.BaseModel,
            ModelSha256 = job.BaseSha256,
            Settings = job.Settings,
            CheckpointEvery = options.Value.CheckpointEvery,
            MemoryBytesMax = options.Value.MemoryBytesMax ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        });
    }

    private IEnumerable<TrainingConversation> Conversations(string fileId)
    {
        FileRecord file = files.Get(fileId);
        return reader.Read(files.PathOf(file.Id), file.Filename);
    }

    private IReadOnlyList<TrainingConversation> Replay(int own, JobSettings settings)
    {
        string path = ReplayPath(options.Value);
        return settings.ReplayShare > 0 && File.Exists(path)
            ? ReplaySelection.Pick([.. reader.Read(path, Path.GetFileName(path))], own, settings.ReplayShare, settings.Seed)
            : [];
    }

    /// <summary>The file of general examples.</summary>
    public static string ReplayPath(TrainerOptions options) =>
        options.Replay ?? Path.Combine(SolutionFolder.Find(), "samples", "general", "replay.jsonl");
}
