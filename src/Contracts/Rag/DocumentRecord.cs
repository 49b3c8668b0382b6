namespace Ratchet.Contracts.Rag;

/// <summary>A document as the service keeps it.</summary>
/// <param name="Version">Counts the different contents that were sent under this key, from 1.</param>
/// <param name="ContentHash">SHA-256 of what was sent, in hex.</param>
/// <param name="State">One of <see cref="DocumentStates"/>.</param>
/// <param name="Split">What its examples are for: "train" or "held_out".</param>
/// <param name="Pinned">Whether the split was chosen by a person rather than by hash.</param>
/// <param name="Text">The stored text that chunk offsets point into; only where it was asked for.</param>
/// <param name="Changed">Whether this answer's request made a new document or version; only in answers to POST.</param>
public sealed record DocumentRecord(
    string Id,
    string Collection,
    string Key,
    string? Title,
    int Version,
    string ContentHash,
    string MediaType,
    string Source,
    long Bytes,
    string State,
    string Split,
    bool Pinned,
    long CreatedAt,
    long UpdatedAt,
    int ChunkCount = 0,
    int TokenCount = 0,
    int ExampleCount = 0,
    long? IndexedAt = null,
    long? DeletedAt = null,
    string? Error = null,
    IReadOnlyDictionary<string, string>? Metadata = null,
    string? Text = null,
    bool? Changed = null)
{
    public string Object { get; init; } = "document";
}
