namespace Ratchet.Contracts.Rag;

/// <summary>The document a hit belongs to.</summary>
public sealed record DocumentReference(
    string Id,
    string Key,
    string? Title,
    string Collection,
    int Version,
    IReadOnlyDictionary<string, string>? Metadata = null);
