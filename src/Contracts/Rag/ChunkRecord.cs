namespace Ratchet.Contracts.Rag;

/// <summary>A piece of a document as it is searched and shown to the model.</summary>
/// <param name="Text">The document's stored text from Start to End, to the character.</param>
/// <param name="Heading">The headings above it, outermost first, joined by " > "; searched along with the text.</param>
/// <param name="Start">First character of the piece in the document's stored text.</param>
/// <param name="End">One past the last character.</param>
public sealed record ChunkRecord(
    string Id, int Index, string Text, string? Heading, int Start, int End, int TokenCount, string? DocumentId = null);
