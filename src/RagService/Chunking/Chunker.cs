using Ratchet.RagService.Ports;

namespace Ratchet.RagService.Chunking;

/// <summary>Cuts a text along its headings and sentences into chunks of a bounded number of tokens.</summary>
/// <remarks>
/// A chunk never crosses a heading, and is one stretch of the text to the character, so that it can be shown in its place. Its
/// headings are kept beside it. A sentence that alone is too long is cut between words, or between CJK characters.
/// </remarks>
internal sealed class Chunker(ITokenCounter tokens, ChunkingOptions options)
{
    public IReadOnlyList<TextChunk> Cut(string text)
    {
        var chunks = new List<TextChunk>();
        IReadOnlyList<TextSection> sections = Outline.Of(text);
        for (int i = 0; i < sections.Count; i++)
        {
            TextSection section = sections[i];
            string? heading = section.Path.Count > 0 ? string.Join(" > ", section.Path) : null;
            List<TextRange> pieces = [.. section.Blocks
                .SelectMany(block => Sentences.Of(text, block))
                .SelectMany(sentence => Shortened(text, sentence))];
            if (pieces.Count == 0)
            {
                // A heading with nothing below it but lower headings is in their paths; alone it is all there is.
                bool hasChild = i + 1 < sections.Count && sections[i + 1].Path.Count > section.Path.Count;
                pieces = hasChild ? [] : [.. Shortened(text, Sentences.Trimmed(text, section.Heading))];
            }

            Pack(text, pieces, heading, chunks);
        }

        return chunks;
    }

    private void Pack(string text, List<TextRange> pieces, string? heading, List<TextChunk> chunks)
    {
        for (int first = 0; first < pieces.Count;)
        {
            int last = first;
            int count = Count(text, pieces[first]);
            while (last + 1 < pieces.Count
                && Count(text, new TextRange(pieces[first].Start, pieces[last + 1].End)) is int more
                && more <= options.TokensPerChunk)
            {
                last++;
                count = more;
            }

            chunks.Add(new TextChunk(new TextRange(pieces[first].Start, pieces[last].End), heading, count));
            first = last + 1 < pieces.Count ? Overlapped(text, pieces, first, last) : pieces.Count;
        }
    }

    // The next chunk begins some sentences before the end of this one, and at least one after its beginning.
    private int Overlapped(string text, List<TextRange> pieces, int first, int last)
    {
        int next = last + 1;
        while (next - 1 > first
            && Count(text, new TextRange(pieces[next - 1].Start, pieces[last].End)) <= options.OverlapTokens
            && Count(text, new TextRange(pieces[next - 1].Start, pieces[last + 1].End)) <= options.TokensPerChunk)
        {
            next--;
        }

        return next;
    }

    private IEnumerable<TextRange> Shortened(string text, TextRange sentence)
    {
        TextRange rest = sentence;
        while (rest.Length > 0 && Count(text, rest) > options.TokensPerChunk)
        {
            int cut = CutPlace(text, rest);
            TextRange part = Sentences.Trimmed(text, rest with { End = cut });
            if (part.Length > 0)
            {
                yield return part;
            }

            rest = Sentences.Trimmed(text, rest with { Start = cut });
        }

        if (rest.Length > 0)
        {
            yield return rest;
        }
    }

    // The longest head that fits, then back to a good place to cut: after a space or a comma, or between CJK characters.
    private int CutPlace(string text, TextRange range)
    {
        int fits = range.Start + 1;
        int tooLong = range.End;
        while (tooLong - fits > 1)
        {
            int middle = fits + ((tooLong - fits) / 2);
            if (Count(text, range with { End = middle }) <= options.TokensPerChunk)
            {
                fits = middle;
            }
            else
            {
                tooLong = middle;
            }
        }

        int earliest = range.Start + ((fits - range.Start) / 2);
        for (int cut = fits; cut > earliest; cut--)
        {
            if (IsGoodCut(text, cut))
            {
                return cut;
            }
        }

        // One endless word: anywhere but inside a surrogate pair.
        return fits - range.Start > 1 && char.IsLowSurrogate(text[fits]) ? fits - 1 : fits;
    }

    private static bool IsGoodCut(string text, int cut) =>
        char.IsWhiteSpace(text[cut]) || char.IsWhiteSpace(text[cut - 1]) || text[cut - 1] is ',' or '，' or '、' or ';' or ':'
        || (Index.SearchTokens.IsCjk(text[cut]) && Index.SearchTokens.IsCjk(text[cut - 1]));

    private int Count(string text, TextRange range) => tokens.Count(text.AsSpan(range.Start, range.Length));
}
