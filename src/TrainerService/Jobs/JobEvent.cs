using System.Text.Json;

namespace Ratchet.TrainerService.Jobs;

/// <summary>An event of a job as it is kept.</summary>
/// <param name="Seq">Counts all jobs' events; the id of a server-sent event.</param>
/// <param name="Type">message or metrics.</param>
public sealed record JobEvent(
    long Seq, string Job, string Id, long CreatedAt, string Level, string Type, string Message, JsonElement? Data);

/// <summary>A published checkpoint as it is kept.</summary>
public sealed record JobCheckpoint(long Seq, string Id, string Job, long CreatedAt, string Model, int Step, JsonElement Metrics);
