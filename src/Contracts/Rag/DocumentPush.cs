using System.Text.Json;

namespace Ratchet.Contracts.Rag;

/// <summary>Body of POST /v1/documents as JSON. The same key with other text is a new version.</summary>
/// <param name="Key">The sender's own id of the document; the service makes one up where it is absent.</param>
/// <param name="Text">Plain text or Markdown; <c>MediaType</c> says otherwise.</param>
/// <param name="Metadata">Flat: text, numbers and truth values; searches can filter by it.</param>
/// <param name="Split">Pins the document's examples: "train" or "held_out".</param>
/// <param name="MediaType">For example "text/html" or "text/csv"; default "text/markdown".</param>
public sealed record DocumentPush(
    string? Text,
    string? Key = null,
    string? Collection = null,
    string? Title = null,
    IReadOnlyDictionary<string, JsonElement>? Metadata = null,
    string? Split = null,
    string? MediaType = null);
