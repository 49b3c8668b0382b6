namespace Ratchet.Contracts.Rag;

/// <summary>A sealed batch: its id is the SHA-256 of its content.</summary>
/// <param name="Trainable">False once a document in it was deleted.</param>
/// <param name="Form">One of <see cref="BatchForms"/>.</param>
/// <param name="Documents">The documents its examples name; only in the answer for one batch.</param>
public sealed record BatchRecord(
    string Id,
    string Sha256,
    long CreatedAt,
    int ExampleCount,
    int DocumentCount,
    long Bytes,
    bool Redacted,
    bool Trainable,
    string? Collection = null,
    string? Note = null,
    string? SealedBy = null,
    long? RedactedAt = null,
    int RowsRemoved = 0,
    IReadOnlyList<BatchDocument>? Documents = null,
    string Form = BatchForms.Examples)
{
    public string Object { get; init; } = "batch";
}

/// <summary>How many rows of a batch name a document.</summary>
public sealed record BatchDocument(string Collection, string Key, string? DocumentId, int Rows);
