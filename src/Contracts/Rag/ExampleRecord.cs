namespace Ratchet.Contracts.Rag;

/// <summary>A question and the answer that the business wants, with where it came from.</summary>
/// <param name="Source">"import", "document", "feedback" or "api".</param>
/// <param name="Group">Examples of one group ask the same thing in other words; they share a split.</param>
/// <param name="Covered">Whether some example of any batch names the same document.</param>
/// <param name="Counted">False: reported beside, never decisive.</param>
/// <param name="Stale">The document has changed since the example was made.</param>
/// <param name="DuplicateOf">An earlier example with the same question.</param>
/// <param name="Passage">The source chunk's text; only where it was asked for.</param>
/// <param name="Batches">Sealed batches that hold it; only in the answer for one example.</param>
public sealed record ExampleRecord(
    string Id,
    string Collection,
    string Question,
    string Answer,
    string Split,
    string State,
    string Source,
    long CreatedAt,
    bool Covered,
    bool Counted,
    string? DocumentId = null,
    string? DocumentKey = null,
    string? ChunkId = null,
    string? Group = null,
    bool Pinned = false,
    bool Stale = false,
    string? DuplicateOf = null,
    string? ReviewedBy = null,
    long? ReviewedAt = null,
    string? FeedbackId = null,
    string? Passage = null,
    string? DocumentTitle = null,
    IReadOnlyList<string>? Warnings = null,
    IReadOnlyList<string>? Batches = null)
{
    public string Object { get; init; } = "example";
}
