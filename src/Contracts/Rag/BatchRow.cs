namespace Ratchet.Contracts.Rag;

/// <summary>One line of GET /v1/batches/{id}/content.</summary>
public sealed record BatchRow(
    string Question,
    string Answer,
    string Collection,
    string ExampleId,
    string? DocumentKey = null,
    string? DocumentId = null,
    string? ChunkId = null,
    string? Group = null);
