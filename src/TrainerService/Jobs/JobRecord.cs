using System.Text.Json.Serialization;
using Ratchet.Contracts.Trainer;

namespace Ratchet.TrainerService.Jobs;

/// <summary>A job as it is kept.</summary>
public sealed record JobRecord
{
    public required string Id { get; init; }

    public required long CreatedAt { get; init; }

    /// <summary>One of <see cref="JobStatuses"/>.</summary>
    public required string Status { get; init; }

    public required JobRequest Request { get; init; }

    public required JobSettings Settings { get; init; }

    public required string BaseModel { get; init; }

    public required string BaseSha256 { get; init; }

    public required string ModelPath { get; init; }

    /// <summary>How the base's weights are stored; null for a job of before this was recorded.</summary>
    public string? BaseWeights { get; init; }

    public string Suffix { get; init; } = "adapter";

    /// <summary>What the data came from, where a cycle asked for the job.</summary>
    public JobOrigin? Origin { get; init; }

    /// <summary>The sealed batch that was named in place of a training file.</summary>
    public string? Batch { get; init; }

    public long? StartedAt { get; init; }

    public long? FinishedAt { get; init; }

    public long? EstimatedFinish { get; init; }

    public string? FineTunedModel { get; init; }

    /// <summary>The model that was made, where the base's own weights learnt; then there is no <see cref="FineTunedModel"/>.</summary>
    public JobModel? Model { get; init; }

    public long? TrainedTokens { get; init; }

    public string? ResultFile { get; init; }

    public JobError? Error { get; init; }

    /// <summary>Worker starts since the last step that was new.</summary>
    public int Attempts { get; init; }

    /// <summary>The service instance whose worker may run; a new instance voids it at start.</summary>
    public string? LeaseOwner { get; init; }

    public long? HeartbeatAt { get; init; }

    /// <summary>Bytes of the worker's event file that are already in the database.</summary>
    public long EventBytes { get; init; }

    /// <summary>Newest step that an event told of.</summary>
    public int LastStep { get; init; }

    public int ExampleCount { get; init; }

    /// <summary>What the worker measured of the finished adapter.</summary>
    public IReadOnlyDictionary<string, double>? Metrics { get; init; }

    [JsonIgnore]
    public bool IsTerminal => JobStatuses.IsTerminal(Status);
}

/// <summary>Where the data of a cycle's job come from.</summary>
/// <param name="SamplesPath">Samples in training shape, one chat a line.</param>
/// <param name="Batches">The new batch first, then those replayed.</param>
public sealed record JobOrigin(
    string Cycle, string Collection, string Batch, string SamplesPath, IReadOnlyList<string> Batches, int ReplayCount);

/// <summary>A model that a job made, in single precision and in the base's own format.</summary>
/// <param name="Base">What <c>Model:Base</c> is set to for serving it: a folder, or a GGUF file.</param>
public sealed record JobModel(string Base, long Bytes, IReadOnlyList<AdapterFile> Files);

/// <summary>Why a job failed.</summary>
public sealed record JobError(string Code, string Message, string? Param = null);

/// <summary>OpenAI's words, and paused.</summary>
public static class JobStatuses
{
    public const string Validating = "validating_files";
    public const string Queued = "queued";
    public const string Running = "running";
    public const string Paused = "paused";
    public const string Succeeded = "succeeded";
    public const string Failed = "failed";
    public const string Cancelled = "cancelled";

    public static bool IsTerminal(string status) => status is Succeeded or Failed or Cancelled;
}
