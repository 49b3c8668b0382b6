namespace Ratchet.Contracts.Rag;

/// <summary>What goes with an uploaded file: all optional.</summary>
public sealed record DocumentUpload(
    string? Collection = null,
    string? Key = null,
    string? Title = null,
    string? Split = null,
    IReadOnlyDictionary<string, string>? Metadata = null);
