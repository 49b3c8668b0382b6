using System.Text.Json;

namespace Ratchet.TrainerService.Datasets;

/// <summary>A file as it is kept.</summary>
public sealed record FileRecord
{
    public required string Id { get; init; }

    public required long CreatedAt { get; init; }

    public required string Filename { get; init; }

    /// <summary>fine-tune, or fine-tune-results.</summary>
    public required string Purpose { get; init; }

    public required long Bytes { get; init; }

    public required string Sha256 { get; init; }

    public int ExampleCount { get; init; }

    /// <summary>Whether its rows are pairs of answers of which one is preferred.</summary>
    public bool IsPreference { get; init; }

    public JsonElement? Report { get; init; }

    public long? ExpiresAt { get; init; }
}
