namespace Ratchet.RagService.Documents;

/// <summary>A document on its way in; from the API or from the watched folder.</summary>
/// <param name="Name">What messages call it: the file's name or the key.</param>
/// <param name="Key">Null: made from the content, so that the same text sent twice is one document.</param>
/// <param name="Metadata">Null: what was known stays.</param>
/// <param name="Pin">Null: what was known stays.</param>
internal sealed record DocumentSubmission(
    string Name,
    byte[] Content,
    string MediaType,
    string Source,
    string Collection,
    string? Key,
    string? Title,
    IReadOnlyDictionary<string, string>? Metadata,
    string? Pin);
