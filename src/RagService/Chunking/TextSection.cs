namespace Ratchet.RagService.Chunking;

/// <summary>A stretch of a text: from Start up to, not including, End.</summary>
internal readonly record struct TextRange(int Start, int End)
{
    public int Length => End - Start;
}

/// <summary>A part of a document under one heading.</summary>
/// <param name="Path">The headings above it, outermost first.</param>
/// <param name="Heading">Where its own heading line is; empty before the first heading.</param>
/// <param name="Blocks">Paragraphs, list items, table rows and code, in order.</param>
internal sealed record TextSection(IReadOnlyList<string> Path, TextRange Heading, IReadOnlyList<TextRange> Blocks);

/// <summary>A chunk before it is stored.</summary>
internal sealed record TextChunk(TextRange Range, string? Heading, int TokenCount);
