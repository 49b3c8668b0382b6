namespace Ratchet.Engine.Tokenization.Normalization;

/// <summary>SentencePiece's treatment of spaces: U+2581 instead of each, one before the text, no more than one in a row.</summary>
/// <param name="addsPrefix">Whether the text begins with a space of its own.</param>
/// <param name="removesExtra">Whether spaces at the ends go and several in a row become one.</param>
internal sealed class SentencePieceSpacing(bool addsPrefix, bool removesExtra) : ITextNormalizer
{
    private const char Mark = '▁';

    public NormalizedText Normalize(NormalizedText text)
    {
        ReadOnlySpan<char> chars = text.Chars;
        int start = 0;
        int end = chars.Length;
        while (removesExtra && start < end && chars[start] == ' ')
        {
            start++;
        }

        if (start == end)
        {
            return text.Slice(start, 0);
        }

        var result = new NormalizedTextWriter(text, chars.Length + 1);
        if (addsPrefix)
        {
            result.Append(Mark, start, start + 1);
        }

        bool wasSpace = removesExtra;
        for (int at = start; at < end; at++)
        {
            bool isSpace = chars[at] == ' ';
            if (!(isSpace && wasSpace))
            {
                result.Append(isSpace ? Mark : chars[at], at, at + 1);
            }

            wasSpace = removesExtra && isSpace;
        }

        while (removesExtra && result.Length > 0 && result[result.Length - 1] == Mark)
        {
            result.Shorten(result.Length - 1);
        }

        return result.Done();
    }
}
