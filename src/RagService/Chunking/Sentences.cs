namespace Ratchet.RagService.Chunking;

/// <summary>Cuts a block of text into sentences, Latin and CJK, without losing a character between them.</summary>
internal static class Sentences
{
    private static readonly HashSet<string> Abbreviations = new(StringComparer.OrdinalIgnoreCase)
    {
        "e.g", "i.e", "etc", "vs", "cf", "approx", "mr", "mrs", "ms", "dr", "prof", "no", "nos", "art", "sec", "fig", "st",
        "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "inc", "ltd", "co", "tel", "min",
        "max", "incl", "excl",
    };

    /// <summary>The sentences' ranges, white space around each left out.</summary>
    public static IEnumerable<TextRange> Of(string text, TextRange block)
    {
        int start = block.Start;
        for (int i = block.Start; i < block.End; i++)
        {
            if (!Ends(text, i, start, block.End, out int end))
            {
                continue;
            }

            if (Trimmed(text, new TextRange(start, end)) is { Length: > 0 } sentence)
            {
                yield return sentence;
            }

            start = end;
            i = end - 1;
        }

        if (Trimmed(text, new TextRange(start, block.End)) is { Length: > 0 } last)
        {
            yield return last;
        }
    }

    internal static TextRange Trimmed(string text, TextRange range)
    {
        int start = range.Start;
        int end = range.End;
        while (start < end && char.IsWhiteSpace(text[start]))
        {
            start++;
        }

        while (end > start && char.IsWhiteSpace(text[end - 1]))
        {
            end--;
        }

        return new TextRange(start, end);
    }

    private static bool Ends(string text, int at, int start, int limit, out int end)
    {
        end = at + 1;
        char mark = text[at];
        bool isWide = mark is '。' or '！' or '？' or '；';
        if (!isWide && mark is not ('.' or '!' or '?' or '…'))
        {
            return false;
        }

        while (end < limit && text[end] is '.' or '!' or '?' or '。' or '！' or '？' or '"' or '\'' or ')' or ']' or '”' or '’'
            or '」' or '』' or '）' or '》')
        {
            end++;
        }

        if (isWide)
        {
            return true;
        }

        if (end < limit && !char.IsWhiteSpace(text[end]))
        {
            return false;
        }

        return mark != '.' || end > at + 1 || !IsAbbreviation(text, at, start);
    }

    private static bool IsAbbreviation(string text, int dot, int start)
    {
        int from = dot;
        while (from > start && !char.IsWhiteSpace(text[from - 1]) && text[from - 1] is not ('(' or '"'))
        {
            from--;
        }

        string word = text[from..dot];
        // "J. Smith", and the "1." of a list.
        return (word.Length == 1 && char.IsUpper(word[0]))
            || (word.Length is > 0 and < 3 && from == start && word.All(char.IsAsciiDigit))
            || Abbreviations.Contains(word);
    }
}
