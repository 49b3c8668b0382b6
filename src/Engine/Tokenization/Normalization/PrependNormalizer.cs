using System.Text;

namespace Ratchet.Engine.Tokenization.Normalization;

/// <summary>Puts something before a text that is not empty (Prepend).</summary>
internal sealed class PrependNormalizer(string prefix) : ITextNormalizer
{
    public NormalizedText Normalize(NormalizedText text)
    {
        if (text.Length == 0)
        {
            return text;
        }

        // What is put there covers the character that it was put before.
        _ = Rune.DecodeFromUtf16(text.Chars, out _, out int first);
        var result = new NormalizedTextWriter(text, text.Length + prefix.Length);
        result.Append(prefix, 0, first);
        result.Copy(0, text.Length);
        return result.Done();
    }
}
