using System.Text;

namespace Ratchet.Engine.Tokenization.PreTokenization;

/// <summary>A character of a kind, or a run of such.</summary>
internal sealed class CharacterDelimiter(Func<Rune, bool> isMatch, bool takesRuns = false, int runMin = 1) : IDelimiter
{
    /// <summary>White space.</summary>
    internal static CharacterDelimiter WhiteSpace { get; } = new(Rune.IsWhiteSpace);

    /// <summary>Numbers.</summary>
    internal static CharacterDelimiter Number { get; } = new(Rune.IsNumber);

    /// <summary>Punctuation as BERT has it.</summary>
    internal static CharacterDelimiter Punctuation { get; } = new(BertPreTokenizer.IsPunctuation);

    public bool TryFind(ReadOnlySpan<char> text, int from, out int start, out int length)
    {
        start = from;
        for (int at = from; at < text.Length;)
        {
            _ = Rune.DecodeFromUtf16(text[at..], out Rune rune, out int size);
            bool matches = isMatch(rune);
            if (matches && !takesRuns)
            {
                (start, length) = (at, size);
                return true;
            }

            if (!matches)
            {
                if (at - start >= runMin && takesRuns)
                {
                    length = at - start;
                    return true;
                }

                start = at + size;
            }

            at += size;
        }

        length = text.Length - start;
        return takesRuns && length >= runMin;
    }
}
