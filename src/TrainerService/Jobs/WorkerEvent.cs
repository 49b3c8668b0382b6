using System.Text.Json;

namespace Ratchet.TrainerService.Jobs;

/// <summary>One line of a worker's event file.</summary>
/// <param name="Step">For metrics: the step they belong to.</param>
/// <param name="Checkpoint">Folder of a published checkpoint, relative to the job's folder.</param>
public sealed record WorkerEvent(
    long CreatedAt, string Level, string Type, string Message, JsonElement? Data = null, int? Step = null,
    long? EstimatedFinish = null, long? TrainedTokens = null, string? Checkpoint = null);
