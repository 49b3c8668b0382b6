namespace Ratchet.Contracts.Trainer;

/// <summary>One immutable adapter generation of the registry.</summary>
public sealed record AdapterRecord
{
    /// <summary>The exact id, <c>ft:{base}:ratchet:{suffix}:{job}</c>.</summary>
    public required string Id { get; init; }

    public string Object { get; init; } = "adapter";

    public required long CreatedAt { get; init; }

    /// <summary>Name of the base model that the adapter was trained on.</summary>
    public required string BaseModel { get; init; }

    /// <summary>SHA-256 of the base model's file: another file of the same name is another model.</summary>
    public required string BaseSha256 { get; init; }

    public required string Suffix { get; init; }

    /// <summary>The job that made it.</summary>
    public required string Job { get; init; }

    /// <summary>The cycle that asked for the job; null where a person did.</summary>
    public string? Cycle { get; init; }

    /// <summary>The sealed batch that it learned; null for an uploaded file.</summary>
    public string? Batch { get; init; }

    /// <summary>The training file, <c>file-...</c>.</summary>
    public required string TrainingFile { get; init; }

    /// <summary>The step of a published checkpoint; null for a finished job.</summary>
    public int? CheckpointStep { get; init; }

    /// <summary>The folder in PEFT layout; services on the same machine read it.</summary>
    public required string Path { get; init; }

    public long Bytes { get; init; }

    public required IReadOnlyList<AdapterFile> Files { get; init; }

    public int Rank { get; init; }

    public double Alpha { get; init; }

    public IReadOnlyList<string> TargetModules { get; init; } = [];

    /// <summary>What the base's linear weights were in training, "Q4_1" or "NF4 with double quantisation, from F16"; null where that was not recorded.</summary>
    public string? TrainedOn { get; init; }

    /// <summary>What the run measured: final_loss, trained_tokens, delta_norm and the like.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();

    public required AdapterLineage Lineage { get; init; }

    /// <summary>The verdict of the last evaluation: promote, reject, inconclusive; null before one.</summary>
    public string? Verdict { get; init; }

    /// <summary>Names of the aliases that hold it now.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];
}

/// <summary>One file of an adapter folder.</summary>
public sealed record AdapterFile(string Name, long Bytes, string Sha256);

/// <summary>Where the knowledge of an adapter comes from.</summary>
public sealed record AdapterLineage
{
    public string? Collection { get; init; }

    /// <summary>Every batch whose examples were seen: the new one first, then those replayed.</summary>
    public IReadOnlyList<string> Batches { get; init; } = [];

    /// <summary>SHA-256 of the training file.</summary>
    public required string TrainingSha256 { get; init; }

    public int Examples { get; init; }

    /// <summary>Examples replayed from earlier batches and from general data.</summary>
    public int ReplayExamples { get; init; }

    /// <summary>fresh: each generation starts from the base, never from the generation before.</summary>
    public string Policy { get; init; } = "fresh";
}
