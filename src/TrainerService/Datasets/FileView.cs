using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ratchet.TrainerService.Datasets;

/// <summary>OpenAI's File object, and under <c>x_ratchet</c> what the upload's check found.</summary>
public sealed record FileView
{
    public required string Id { get; init; }

    [JsonPropertyName("object")]
    public string Type { get; init; } = "file";

    public required long Bytes { get; init; }

    public required long CreatedAt { get; init; }

    public long? ExpiresAt { get; init; }

    public required string Filename { get; init; }

    public required string Purpose { get; init; }

    /// <summary>Deprecated by OpenAI, read by its clients: a file that is here has been checked.</summary>
    public string Status { get; init; } = "processed";

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? StatusDetails { get; init; }

    public FileExtras? XRatchet { get; init; }

    public static FileView Of(FileRecord file) => new()
    {
        Id = file.Id,
        Bytes = file.Bytes,
        CreatedAt = file.CreatedAt,
        ExpiresAt = file.ExpiresAt,
        Filename = file.Filename,
        Purpose = file.Purpose,
        XRatchet = new FileExtras(file.Sha256, file.Purpose == FileStore.TrainingPurpose ? file.ExampleCount : null, file.Report),
    };
}

/// <summary>What OpenAI's File does not have.</summary>
public sealed record FileExtras(string Sha256, int? ExampleCount, JsonElement? Report);
