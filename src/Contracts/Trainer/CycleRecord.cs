namespace Ratchet.Contracts.Trainer;

/// <summary>One turn of the loop: seal, train, evaluate, gate, promote.</summary>
public sealed record CycleRecord
{
    public required string Id { get; init; }

    public string Object { get; init; } = "cycle";

    public required string Collection { get; init; }

    /// <summary>running, paused, promoted, rejected, inconclusive, failed or cancelled.</summary>
    public required string Status { get; init; }

    public required long CreatedAt { get; init; }

    public long? FinishedAt { get; init; }

    /// <summary>manual, schedule or threshold.</summary>
    public required string Trigger { get; init; }

    /// <summary>Why it started, in words.</summary>
    public string? Reason { get; init; }

    /// <summary>The step that runs now or ran last.</summary>
    public string? Step { get; init; }

    public required IReadOnlyList<CycleStep> Steps { get; init; }

    public int? Seed { get; init; }

    public string? Batch { get; init; }

    public string? TrainingFile { get; init; }

    public string? Job { get; init; }

    /// <summary>The candidate.</summary>
    public string? Adapter { get; init; }

    /// <summary>Holder of the alias when the evaluation began; null where that was the base.</summary>
    public string? Champion { get; init; }

    /// <summary>promote, reject or inconclusive, once the gate has spoken.</summary>
    public string? Verdict { get; init; }

    /// <summary>The gate's reasons, with numbers.</summary>
    public IReadOnlyList<string> Reasons { get; init; } = [];

    public CycleError? Error { get; init; }

    public bool IsFinished => Status is not ("running" or "paused");
}

/// <summary>One step of a cycle.</summary>
/// <param name="Name">seal, file, contexts, train, evaluate, gate, load, promote.</param>
/// <param name="Status">waiting, running, done, skipped, failed.</param>
/// <param name="Done">Units of work done, where the step counts them.</param>
/// <param name="Total">Units of work in all, where the step counts them.</param>
/// <param name="RemainingSeconds">Estimate, where there is one.</param>
public sealed record CycleStep(
    string Name, string Status, long? StartedAt = null, long? FinishedAt = null, string? Message = null,
    long? Done = null, long? Total = null, double? RemainingSeconds = null);

/// <summary>What stopped a cycle.</summary>
public sealed record CycleError(string Code, string Message, string? Step = null);

/// <summary>POST /v1/cycles.</summary>
public sealed record StartCycleRequest
{
    public required string Collection { get; init; }

    public string? Reason { get; init; }

    public string? Suffix { get; init; }

    /// <summary>Of the training and of the order of examples; chosen from the batch where null.</summary>
    public int? Seed { get; init; }

    /// <summary>Settings of the training; null leaves the service's own.</summary>
    public TrainingSettings? Training { get; init; }
}
