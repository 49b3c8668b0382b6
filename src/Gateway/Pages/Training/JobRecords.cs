using System.Text.Json;
using Ratchet.Contracts.OpenAI;
using Ratchet.Web.Components.Text;

namespace Ratchet.Gateway.Pages.Training;

/// <summary>A fine-tuning job as the pages need it; the wire has more.</summary>
public sealed record JobItem
{
    public required string Id { get; init; }

    public required string Status { get; init; }

    public required string Model { get; init; }

    public required long CreatedAt { get; init; }

    public long? FinishedAt { get; init; }

    public long? EstimatedFinish { get; init; }

    public string? FineTunedModel { get; init; }

    public required string TrainingFile { get; init; }

    public string? UserProvidedSuffix { get; init; }

    public long? TrainedTokens { get; init; }

    public JobItemError? Error { get; init; }

    public int? Seed { get; init; }

    public JobItemExtras? XRatchet { get; init; }

    public bool IsEnded => Status is "succeeded" or "failed" or "cancelled";

    public static Phrase StatusWord(string status) => status switch
    {
        "validating_files" => TrainingStrings.Validating,
        "queued" => TrainingStrings.Queued,
        "running" => TrainingStrings.Running,
        "paused" => TrainingStrings.Paused,
        "succeeded" => TrainingStrings.Succeeded,
        "failed" => TrainingStrings.FailedState,
        "cancelled" => TrainingStrings.Cancelled,
        _ => new Phrase(status, status),
    };

    public static string? StatusClass(string status) => status switch
    {
        "succeeded" => "good",
        "failed" => "bad",
        "running" => "accent",
        "paused" => "warn",
        _ => null,
    };
}

/// <summary>Why a job failed.</summary>
public sealed record JobItemError(string? Code, string? Message, string? Param = null);

/// <summary>What OpenAI's job does not have.</summary>
public sealed record JobItemExtras(
    JsonElement? Settings = null, int? ExampleCount = null, int? Step = null, long? SeenTokens = null, long? StartedAt = null,
    string? Cycle = null, string? Batch = null, JobItemModel? Model = null);

/// <summary>A model that a job made.</summary>
/// <param name="Base">What Model:Base is set to.</param>
public sealed record JobItemModel(string Base, long Bytes);

/// <summary>An event of a job, newest first in lists.</summary>
public sealed record JobItemEvent(string Id, long CreatedAt, string Level, string Message, string Type, JsonElement? Data = null)
{
    /// <summary>A number of the event's data.</summary>
    public double? Number(string name) =>
        Data is { ValueKind: JsonValueKind.Object } data && data.TryGetProperty(name, out JsonElement value)
        && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;

    /// <summary>A word of the event's data.</summary>
    public string? Word(string name) =>
        Data is { ValueKind: JsonValueKind.Object } data && data.TryGetProperty(name, out JsonElement value)
        && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

/// <summary>A published checkpoint.</summary>
public sealed record JobItemCheckpoint(
    string Id, long CreatedAt, string FineTunedModelCheckpoint, int StepNumber, JsonElement? Metrics = null);

/// <summary>An uploaded file.</summary>
public sealed record FileItem(string Id, string Filename, string Purpose, long Bytes, long CreatedAt);

/// <summary>The jobs page.</summary>
public sealed record JobsView(ListResponse<JobItem> Jobs);

/// <summary>One job.</summary>
public sealed record JobPageView(JobItem Job, IReadOnlyList<JobItemEvent> Events, IReadOnlyList<JobItemCheckpoint> Checkpoints);

/// <summary>The form of a new job, with what was typed.</summary>
public sealed record NewJobView(string Model, IReadOnlyList<FileItem> Files)
{
    public JobFields Fields { get; init; } = new();

    public ErrorView? Error { get; init; }
}

/// <summary>What the form holds; all as typed.</summary>
public sealed record JobFields(
    string? File = null, string? Suffix = null, string? Epochs = null, string? Rank = null, string? LearningRate = null,
    string? BatchSize = null, string? Seed = null, string? Method = null);
