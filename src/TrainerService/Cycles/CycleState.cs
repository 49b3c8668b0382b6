using System.Text.Json.Serialization;
using Ratchet.Contracts.Trainer;

namespace Ratchet.TrainerService.Cycles;

/// <summary>A cycle as it is kept: what is told of it, and what it needs to go on.</summary>
public sealed record CycleState
{
    public required CycleRecord View { get; init; }

    public required StartCycleRequest Request { get; init; }

    /// <summary>The alias's version when the champion was read; the promotion swaps against it.</summary>
    public long AliasVersion { get; init; }

    /// <summary>Batches that are learnt or replayed, the new one first.</summary>
    public IReadOnlyList<string> Batches { get; init; } = [];

    public int ReplayCount { get; init; }

    [JsonIgnore]
    public string Id => View.Id;
}

/// <summary>Words of a cycle's status.</summary>
public static class CycleStatuses
{
    public const string Running = "running";
    public const string Paused = "paused";
    public const string Promoted = "promoted";
    public const string Rejected = "rejected";
    public const string Inconclusive = "inconclusive";
    public const string Failed = "failed";
    public const string Cancelled = "cancelled";
}
