using Ratchet.ServiceDefaults.Storage;

namespace Ratchet.TrainerService.Jobs;

/// <summary>How a trainer outside is run for a job: the settings as they were when the job began.</summary>
public sealed record ExternalWork
{
    public required IReadOnlyList<string> Command { get; init; }

    public string? WorkingFolder { get; init; }

    public required string Model { get; init; }

    public string? Template { get; init; }

    public required IReadOnlyDictionary<string, string> Settings { get; init; }

    public int WorldSize { get; init; } = 1;

    public int SamplesPerDevice { get; init; } = 1;

    public required TimeSpan TimeLimit { get; init; }

    public required TimeSpan SilenceMax { get; init; }

    public required TimeSpan StopPatience { get; init; }

    public required long LogBytesMax { get; init; }

    public IReadOnlyList<FolderMap> Paths { get; init; } = [];

    /// <summary>A folder or file of the job as the trainer sees it.</summary>
    public string Seen(string path) => FolderMap.Translate(Paths, path);
}

/// <summary>The process that keeps a trainer outside.</summary>
public sealed record TrainingKeeper(int ProcessId);
