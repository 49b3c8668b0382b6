using System.Globalization;
using System.Text;

namespace Ratchet.Engine.Tokenization;

/// <summary>Cuts text into the pieces inside which byte pairs merge: GPT-2's pattern, walked by code points.</summary>
/// <param name="digitsApart">SmolLM: each number character is cut out before the pattern sees the text.</param>
/// <remarks>
/// <code>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</code>
/// Not a <c>Regex</c>, whose classes look at UTF-16 units and so miss every letter and digit above U+FFFF.
/// </remarks>
internal sealed class BytePairPattern(bool digitsApart)
{
    private enum Kind
    {
        Other,
        Space,
        Letter,
        Number,
    }

    /// <summary>Where the piece that begins at the start of <paramref name="text"/> ends. The text is not empty.</summary>
    internal int NextLength(ReadOnlySpan<char> text)
    {
        Kind first = KindAt(text, 0, out int size);
        if (first == Kind.Number && digitsApart)
        {
            return size;
        }

        if (text[0] == '\'' && Contraction(text) is > 0 and int contraction)
        {
            return contraction;
        }

        if (first != Kind.Space)
        {
            return Run(text, size, first);
        }

        // One space goes with the word, number or marks after it.
        if (text[0] == ' ' && text.Length > 1)
        {
            Kind second = KindAt(text, 1, out int secondSize);
            if (second != Kind.Space && !(second == Kind.Number && digitsApart))
            {
                return Run(text, 1 + secondSize, second);
            }
        }

        // White space up to its last character, which belongs to what follows; all of it at the end, and before a
        // digit that was cut out, since there the pattern saw the end.
        int end = Run(text, size, Kind.Space);
        if (end == text.Length || end == 1)
        {
            return end;
        }

        return digitsApart && KindAt(text, end, out _) == Kind.Number ? end : end - 1;
    }

    private static int Contraction(ReadOnlySpan<char> text)
    {
        ReadOnlySpan<char> rest = text[1..];
        if (rest.StartsWith("re", StringComparison.Ordinal) || rest.StartsWith("ve", StringComparison.Ordinal)
            || rest.StartsWith("ll", StringComparison.Ordinal))
        {
            return 3;
        }

        return rest.Length > 0 && rest[0] is 's' or 't' or 'm' or 'd' ? 2 : 0;
    }

    private static int Run(ReadOnlySpan<char> text, int end, Kind kind)
    {
        while (end < text.Length && KindAt(text, end, out int size) == kind)
        {
            end += size;
        }

        return end;
    }

    private static Kind KindAt(ReadOnlySpan<char> text, int at, out int size)
    {
        char unit = text[at];
        if (unit < 0x80)
        {
            size = 1;
            return char.IsAsciiLetter(unit) ? Kind.Letter
                : char.IsAsciiDigit(unit) ? Kind.Number
                : unit is ' ' or (>= '\t' and <= '\r') ? Kind.Space
                : Kind.Other;
        }

        _ = Rune.DecodeFromUtf16(text[at..], out Rune rune, out size);
        if (Rune.IsWhiteSpace(rune))
        {
            return Kind.Space;
        }

        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => Kind.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber
                or UnicodeCategory.OtherNumber => Kind.Number,
            _ => Kind.Other,
        };
    }
}
