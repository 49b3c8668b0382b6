using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ratchet.TrainerService.Jobs;

/// <summary>OpenAI's fine-tuning job object: what is null there is written as null.</summary>
public sealed record JobView
{
    private const int EstimateSecondsMin = 2;

    [JsonPropertyName("object")]
    public string Type { get; init; } = "fine_tuning.job";

    public required string Id { get; init; }

    public required string Model { get; init; }

    public required long CreatedAt { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public long? FinishedAt { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? FineTunedModel { get; init; }

    public string OrganizationId { get; init; } = "ratchet";

    public required IReadOnlyList<string> ResultFiles { get; init; }

    public required string Status { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? ValidationFile { get; init; }

    public required string TrainingFile { get; init; }

    public required HyperparametersView Hyperparameters { get; init; }

    public required MethodView Method { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public long? TrainedTokens { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public JobErrorView? Error { get; init; }

    public required int Seed { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public long? EstimatedFinish { get; init; }

    public required JsonElement Integrations { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? UserProvidedSuffix { get; init; }

    public required JobExtras XRatchet { get; init; }

    public static JobView Of(JobRecord job, TimeProvider clock)
    {
        // Clients wait until then: a moment that has come, or will have when they read it, is no estimate any more.
        long soon = clock.GetUtcNow().ToUnixTimeSeconds() + EstimateSecondsMin;
        var hyperparameters = new HyperparametersView(
            job.Settings.SamplesPerStep,
            job.Settings.LearningRate / AutoSettings.LearningRate,
            Math.Max(1, (int)Math.Ceiling(job.Settings.Epochs)),
            job.Settings.Beta);
        var method = new MethodHyperparameters(hyperparameters);
        return new JobView
        {
            Id = job.Id,
            Model = job.BaseModel,
            CreatedAt = job.CreatedAt,
            FinishedAt = job.FinishedAt,
            FineTunedModel = job.FineTunedModel,
            ResultFiles = job.ResultFile is null ? [] : [job.ResultFile],
            Status = job.Status,
            ValidationFile = job.Request.ValidationFile,
            TrainingFile = job.Request.TrainingFile,
            Hyperparameters = hyperparameters,
            Method = job.Settings.Objective == TrainingObjectives.Preference
                ? new MethodView(job.Settings.Objective, Dpo: method) : new MethodView(job.Settings.Objective, Supervised: method),
            TrainedTokens = job.Status == JobStatuses.Succeeded ? job.TrainedTokens : null,
            Error = job.Error is null ? null : new JobErrorView(job.Error.Code, job.Error.Message, job.Error.Param),
            Seed = job.Settings.Seed,
            EstimatedFinish = job.IsTerminal || job.EstimatedFinish < soon ? null : job.EstimatedFinish,
            Integrations = job.Request.Integrations ?? JsonElement.Parse("[]"),
            Metadata = job.Request.Metadata,
            UserProvidedSuffix = job.Request.Suffix,
            XRatchet = new JobExtras(
                job.Settings, job.ExampleCount, job.LastStep, job.TrainedTokens, job.StartedAt, job.BaseSha256,
                job.Origin?.Cycle, job.Origin?.Batch ?? job.Batch, job.Metrics, job.Model),
        };
    }
}

/// <summary>The settings that OpenAI's clients know, as chosen.</summary>
/// <param name="Beta">DPO's; null where the job learns from answers.</param>
public sealed record HyperparametersView(int BatchSize, double LearningRateMultiplier, int NEpochs, double? Beta = null);

/// <summary>OpenAI's method object: the member of its type alone is there.</summary>
public sealed record MethodView(string Type, MethodHyperparameters? Supervised = null, MethodHyperparameters? Dpo = null);

/// <summary>What a method of OpenAI's holds.</summary>
public sealed record MethodHyperparameters(HyperparametersView Hyperparameters);

/// <summary>OpenAI's error of a job.</summary>
public sealed record JobErrorView(
    string Code, string Message, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Param);

/// <summary>What OpenAI's job does not have.</summary>
/// <param name="Step">Newest step done.</param>
/// <param name="SeenTokens">Tokens trained on so far.</param>
/// <param name="Metrics">What was measured of the finished adapter: how far it is from the base, losses before and after.</param>
/// <param name="Model">The model that was made, where the base's own weights learnt.</param>
public sealed record JobExtras(
    JobSettings Settings, int ExampleCount, int Step, long? SeenTokens, long? StartedAt, string BaseSha256, string? Cycle,
    string? Batch, IReadOnlyDictionary<string, double>? Metrics, JobModel? Model = null);

/// <summary>OpenAI's event of a job.</summary>
public sealed record JobEventView(
    [property: JsonPropertyName("object")] string Kind, string Id, long CreatedAt, string Level, string Message, string Type,
    JsonElement? Data)
{
    public static JobEventView Of(JobEvent e) =>
        new("fine_tuning.job.event", e.Id, e.CreatedAt, e.Level, e.Message, e.Type, e.Data ?? JsonElement.Parse("{}"));
}

/// <summary>OpenAI's checkpoint of a job.</summary>
public sealed record JobCheckpointView(
    [property: JsonPropertyName("object")] string Kind, string Id, long CreatedAt, string FineTunedModelCheckpoint,
    int StepNumber, string FineTuningJobId, JsonElement Metrics)
{
    public static JobCheckpointView Of(JobCheckpoint c) =>
        new("fine_tuning.job.checkpoint", c.Id, c.CreatedAt, c.Model, c.Step, c.Job, c.Metrics);
}
