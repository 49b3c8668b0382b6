using System.Text;
using Ratchet.Engine.Tokenization.Patterns;

namespace Ratchet.Engine.Tokenization.PreTokenization;

/// <summary>Words and runs of marks: <c>\w+|[^\w\s]+</c>.</summary>
internal sealed class WordDelimiter : IDelimiter
{
    public bool TryFind(ReadOnlySpan<char> text, int from, out int start, out int length)
    {
        start = from;
        while (start < text.Length && char.IsWhiteSpace(text[start]))
        {
            start++;
        }

        length = 0;
        bool isWord = false;
        for (int at = start; at < text.Length;)
        {
            _ = Rune.DecodeFromUtf16(text[at..], out Rune rune, out int size);
            bool word = CharacterProperties.Word.Has(rune.Value);
            if (Rune.IsWhiteSpace(rune) || (at > start && word != isWord))
            {
                break;
            }

            isWord = word;
            at += size;
            length = at - start;
        }

        return length > 0;
    }
}
