namespace Ratchet.Contracts.Rag;

/// <summary>Answer of DELETE /v1/documents/{id}: what went with it.</summary>
public sealed record DocumentDeleted(
    string Id,
    bool Deleted,
    int ChunkCount,
    int ExampleCount,
    IReadOnlyList<string> RedactedBatches)
{
    public string Object { get; init; } = "document.deleted";
}
