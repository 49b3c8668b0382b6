using Ratchet.Engine.Tokenization.PreTokenization;

namespace Ratchet.Engine.Tokenization.Normalization;

/// <summary>Puts one text in the place of what is found (Replace).</summary>
internal sealed class ReplaceNormalizer(IDelimiter pattern, string content) : ITextNormalizer
{
    public NormalizedText Normalize(NormalizedText text)
    {
        ReadOnlySpan<char> chars = text.Chars;
        if (!pattern.TryFind(chars, 0, out int start, out int length))
        {
            return text;
        }

        var result = new NormalizedTextWriter(text, chars.Length);
        int place = 0;
        do
        {
            result.Copy(place, start);
            result.Append(content, start, start + length);
            place = start + length;
        }
        while (place < chars.Length && pattern.TryFind(chars, place, out start, out length));

        result.Copy(place, chars.Length);
        return result.Done();
    }
}
