using System.Text.Json;

namespace Ratchet.TrainerService.Jobs;

/// <summary>Which of a job's published checkpoints are to go (F71).</summary>
public static class CheckpointRetention
{
    /// <summary>All but the newest of them; the last and the one with the lowest validation loss always stay.</summary>
    /// <param name="checkpoints">In any order.</param>
    /// <param name="keep">How many stay, the last and the best among them.</param>
    public static IReadOnlyList<JobCheckpoint> ToDrop(IReadOnlyList<JobCheckpoint> checkpoints, int keep)
    {
        JobCheckpoint[] newestFirst = [.. checkpoints.OrderByDescending(c => c.Step)];
        JobCheckpoint? best = newestFirst.Where(c => ValidLoss(c) is not null).Reverse().MinBy(ValidLoss);
        HashSet<JobCheckpoint> kept = [.. newestFirst.Take(1)];
        if (best is not null)
        {
            kept.Add(best);
        }

        foreach (JobCheckpoint checkpoint in newestFirst.TakeWhile(_ => kept.Count < keep))
        {
            kept.Add(checkpoint);
        }

        return [.. newestFirst.Where(c => !kept.Contains(c))];
    }

    private static double? ValidLoss(JobCheckpoint checkpoint) =>
        checkpoint.Metrics.ValueKind == JsonValueKind.Object
        && checkpoint.Metrics.TryGetProperty("valid_loss", out JsonElement loss) && loss.ValueKind == JsonValueKind.Number
            ? loss.GetDouble() : null;
}
