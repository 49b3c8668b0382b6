using Ratchet.Engine.Tokenization.PreTokenization;

namespace Ratchet.Engine.Tokenization.Normalization;

/// <summary>Puts one text in the place of what is found (Replace).</summary>
internal sealed class ReplaceNormalizer(IDelimiter pattern, string content) : ITextNormalizer
{
    public NormalizedText Normalize(NormalizedText text)
    {
        ReadOnlySpan<char> chars = text.Chars;
        var found = new List<(int Start, int Length)>();
        pattern.FindAll(chars, found);
        if (found.Count == 0)
        {
            return text;
        }

        var result = new NormalizedTextWriter(text, chars.Length);
        int place = 0;
        foreach ((int start, int length) in found)
        {
            result.Copy(place, start);
            result.Append(content, start, start + length);
            place = start + length;
        }

        result.Copy(place, chars.Length);
        return result.Done();
    }
}
