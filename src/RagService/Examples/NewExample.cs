namespace Ratchet.RagService.Examples;

/// <summary>An example that has been checked and is to be stored.</summary>
internal sealed record NewExample(string Collection, string Question, string Answer, string Source, string State)
{
    public string? DocumentKey { get; init; }

    public string? ChunkId { get; init; }

    public string? Group { get; init; }

    public string? ParaphraseOf { get; init; }

    public string? Pin { get; init; }

    public bool IsCounted { get; init; } = true;

    public string? FeedbackId { get; init; }

    public string? ReviewedBy { get; init; }
}
