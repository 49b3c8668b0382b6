namespace Ratchet.Engine.Tokenization.Normalization;

/// <summary>Drops white space at the ends (Strip).</summary>
internal sealed class StripNormalizer(bool left, bool right) : ITextNormalizer
{
    public NormalizedText Normalize(NormalizedText text)
    {
        ReadOnlySpan<char> chars = text.Chars;
        int start = 0;
        int end = chars.Length;
        while (left && start < end && char.IsWhiteSpace(chars[start]))
        {
            start++;
        }

        while (right && end > start && char.IsWhiteSpace(chars[end - 1]))
        {
            end--;
        }

        return text.Slice(start, end - start);
    }
}
