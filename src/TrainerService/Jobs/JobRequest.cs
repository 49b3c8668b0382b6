using System.Text.Json;
using Ratchet.Contracts.Trainer;

namespace Ratchet.TrainerService.Jobs;

/// <summary>POST /v1/fine_tuning/jobs, checked. Null means auto.</summary>
public sealed record JobRequest
{
    public required string Model { get; init; }

    public required string TrainingFile { get; init; }

    public string? ValidationFile { get; init; }

    public string? Suffix { get; init; }

    public int? Seed { get; init; }

    /// <summary>Samples of one optimiser step.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Times 2e-4.</summary>
    public double? LearningRateMultiplier { get; init; }

    public int? EpochCount { get; init; }

    public TrainingSettings Extras { get; init; } = new();

    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    public JsonElement? Integrations { get; init; }
}
