using System.Text;

namespace Ratchet.Engine.Tokenization.Normalization;

/// <summary>Replaces what a compiled table lists, the longest entry first (Precompiled).</summary>
/// <remarks>
/// As SentencePiece does it. Hugging Face's tokenizers look at whole grapheme clusters first, so that stacked accents come
/// out differently there than in the library that the model was trained with.
/// </remarks>
internal sealed class PrecompiledNormalizer(CharactersMap map) : ITextNormalizer
{
    public NormalizedText Normalize(NormalizedText text)
    {
        ReadOnlySpan<char> chars = text.Chars;
        var result = new NormalizedTextWriter(text, chars.Length);
        for (int at = 0; at < chars.Length;)
        {
            string? replacement = map.Find(chars[at..], out int length);
            if (replacement is null)
            {
                _ = Rune.DecodeFromUtf16(chars[at..], out _, out length);
                result.Copy(at, at + length);
            }
            else
            {
                result.Append(replacement, at, at + length);
            }

            at += length;
        }

        return result.Done();
    }
}
