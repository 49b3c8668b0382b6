using System.Globalization;
using System.Text.Json;
using Ratchet.Contracts;
using Ratchet.ServiceDefaults.Storage;

namespace Ratchet.TrainerService.Jobs;

/// <summary>The folder that service and worker share for one job: names of the files in it.</summary>
public sealed class JobFolder(string path)
{
    private const string RecoveryPrefix = "checkpoint-";
    private const string BestPrefix = "best-";

    public string Path { get; } = path;

    /// <summary>What to do; written by the service.</summary>
    public string Work => At("job.json");

    /// <summary>Training samples, one chat a line; written by the service.</summary>
    public string Samples => At("samples.jsonl");

    /// <summary>Validation samples, where there are any.</summary>
    public string Validation => At("validation.jsonl");

    /// <summary>Events of the worker, only ever appended to.</summary>
    public string Events => At("events.jsonl");

    /// <summary>The finished adapter in PEFT layout.</summary>
    public string Adapter => At("adapter");

    /// <summary>The finished model, where the base's own weights learnt.</summary>
    public string Model => At("model");

    /// <summary>What a trainer outside is to run; written by the service.</summary>
    public string External => At("external.json");

    /// <summary>Who keeps a trainer outside; written by that process.</summary>
    public string Keeper => At("keeper.json");

    /// <summary>Held by the process that works on this folder, for as long as it lives.</summary>
    public string Lock => At("worker.lock");

    /// <summary>What a trainer outside printed.</summary>
    public string Log => At("trainer.log");

    /// <summary>How it ended; written last by the worker.</summary>
    public string Result => At("result.json");

    /// <summary>A checkpoint to go on from. Each has a name of its own: no kill can come between an old one and a new one.</summary>
    public string RecoveryCheckpoint(int step) => At($"{RecoveryPrefix}{step}");

    /// <summary>The checkpoint of the step with the lowest validation loss so far.</summary>
    public string BestCheckpoint(int step) => At($"{BestPrefix}{step}");

    public string PublishedCheckpoint(int step) => At($"step-{step}");

    /// <summary>The newest recovery checkpoint, where there is one.</summary>
    public string? FindRecoveryCheckpoint() => Checkpoints(RecoveryPrefix).OrderBy(c => c.Step).LastOrDefault().Path;

    /// <summary>Deletes the recovery checkpoints but one.</summary>
    public void DropRecoveryCheckpoints(int? exceptStep = null) => Drop(RecoveryPrefix, exceptStep);

    /// <summary>Deletes the checkpoints of the best steps but one.</summary>
    public void DropBestCheckpoints(int? exceptStep = null) => Drop(BestPrefix, exceptStep);

    public JobWork ReadWork() => JsonSerializer.Deserialize<JobWork>(File.ReadAllBytes(Work), WireJson.Options)!;

    public JobResult? ReadResult() => File.Exists(Result)
        ? JsonSerializer.Deserialize<JobResult>(File.ReadAllBytes(Result), WireJson.Options) : null;

    public static void Write<T>(string path, T value) =>
        AtomicFile.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(value, WireJson.Options));

    private void Drop(string prefix, int? exceptStep)
    {
        foreach ((int step, string folder) in Checkpoints(prefix))
        {
            if (step != exceptStep)
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    // What a kill left half written ends in .tmp, and is no number.
    private IEnumerable<(int Step, string Path)> Checkpoints(string prefix) => !Directory.Exists(Path) ? [] :
    [
        .. from folder in Directory.EnumerateDirectories(Path, prefix + "*")
           let step = int.TryParse(
               System.IO.Path.GetFileName(folder)[prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : -1
           where step >= 0
           select (step, folder),
    ];

    private string At(string name) => System.IO.Path.Combine(Path, name);
}

/// <summary>What a worker is to do for a job.</summary>
public sealed record JobWork
{
    public required string Id { get; init; }

    public required string ModelPath { get; init; }

    public required string ModelName { get; init; }

    public required string ModelSha256 { get; init; }

    public required JobSettings Settings { get; init; }

    public required TimeSpan CheckpointEvery { get; init; }

    /// <summary>Bytes the run may take; it refuses to start above.</summary>
    public long MemoryBytesMax { get; init; }
}

/// <summary>How a worker's job ended.</summary>
/// <param name="Status">succeeded or failed.</param>
public sealed record JobResult(
    string Status, JobError? Error, int StepCount, long TrainedTokens, IReadOnlyDictionary<string, double> Metrics);
