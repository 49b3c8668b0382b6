using System.Text.Json;
using Ratchet.Contracts;
using Ratchet.ServiceDefaults.Storage;

namespace Ratchet.TrainerService.Jobs;

/// <summary>The folder that service and worker share for one job: names of the files in it.</summary>
public sealed class JobFolder(string path)
{
    public string Path { get; } = path;

    /// <summary>What to do; written by the service.</summary>
    public string Work => At("job.json");

    /// <summary>Training samples, one chat a line; written by the service.</summary>
    public string Samples => At("samples.jsonl");

    /// <summary>Validation samples, where there are any.</summary>
    public string Validation => At("validation.jsonl");

    /// <summary>Events of the worker, only ever appended to.</summary>
    public string Events => At("events.jsonl");

    /// <summary>The newest recovery checkpoint.</summary>
    public string Checkpoint => At("checkpoint");

    /// <summary>The finished adapter in PEFT layout.</summary>
    public string Adapter => At("adapter");

    /// <summary>How it ended; written last by the worker.</summary>
    public string Result => At("result.json");

    public string PublishedCheckpoint(int step) => At($"step-{step}");

    public JobWork ReadWork() => JsonSerializer.Deserialize<JobWork>(File.ReadAllBytes(Work), WireJson.Options)!;

    public JobResult? ReadResult() => File.Exists(Result)
        ? JsonSerializer.Deserialize<JobResult>(File.ReadAllBytes(Result), WireJson.Options) : null;

    public static void Write<T>(string path, T value) =>
        AtomicFile.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(value, WireJson.Options));

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
