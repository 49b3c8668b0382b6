namespace Ratchet.Engine.Tokenization.PreTokenization;

/// <summary>Cuts text at what is found in it.</summary>
/// <param name="delimiter">What is looked for.</param>
/// <param name="behavior">What becomes of it.</param>
/// <param name="isInverted">Whether what is not found is the match.</param>
internal sealed class DelimiterPreTokenizer(IDelimiter delimiter, SplitBehavior behavior, bool isInverted = false) : IPreTokenizer
{
    public void Split(Piece piece, List<Piece> pieces)
    {
        // Spans of matches and of what lies between them, in order.
        ReadOnlySpan<char> text = piece.Chars;
        var spans = new List<(int Start, int Length, bool IsMatch)>();
        int place = 0;
        var found = new List<(int Start, int Length)>();
        delimiter.FindAll(text, found);
        foreach ((int start, int length) in found)
        {
            if (start > place)
            {
                spans.Add((place, start - place, isInverted));
            }

            spans.Add((start, length, !isInverted));
            place = start + length;
        }

        if (place < text.Length)
        {
            spans.Add((place, text.Length - place, isInverted));
        }

        for (int i = 0; i < spans.Count; i++)
        {
            (int start, int length, bool isMatch) = spans[i];
            if (isMatch && behavior == SplitBehavior.Removed)
            {
                continue;
            }

            int end = start + length;
            while (i + 1 < spans.Count && Joins(spans, i))
            {
                i++;
                end = spans[i].Start + spans[i].Length;
            }

            // An empty match only parts what is before it from what is behind it.
            if (end > start)
            {
                pieces.Add(piece.Part(start, end - start));
            }
        }
    }

    // Whether a span and the next are one piece.
    private bool Joins(List<(int Start, int Length, bool IsMatch)> spans, int at) => behavior switch
    {
        SplitBehavior.MergedWithPrevious => !spans[at].IsMatch && spans[at + 1].IsMatch,
        SplitBehavior.MergedWithNext => spans[at].IsMatch && !spans[at + 1].IsMatch,
        SplitBehavior.Contiguous => spans[at].IsMatch == spans[at + 1].IsMatch,
        _ => false,
    };
}
