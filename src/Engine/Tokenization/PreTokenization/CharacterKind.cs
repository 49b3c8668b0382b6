using System.Globalization;
using System.Text;

namespace Ratchet.Engine.Tokenization.PreTokenization;

/// <summary>What patterns of words tell apart.</summary>
internal enum CharacterKind : byte
{
    /// <summary>Marks, punctuation, symbols, control characters, what has no character.</summary>
    Other,

    /// <summary>White space (<c>\s</c>).</summary>
    Space,

    /// <summary>Letters (<c>\p{L}</c>).</summary>
    Letter,

    /// <summary>Numbers (<c>\p{N}</c>), ½ and Ⅳ among them.</summary>
    Number,

    /// <summary>Combining marks (<c>\p{M}</c>).</summary>
    Mark,
}

/// <summary>Looks kinds up by code point, not by UTF-16 unit: halves of pairs are neither letters nor numbers.</summary>
internal static class CharacterKinds
{
    private static readonly CharacterKind[] OfUnit = MakeTable();

    /// <summary>The kind of the character at <paramref name="at"/>, and its UTF-16 units.</summary>
    internal static CharacterKind At(ReadOnlySpan<char> text, int at, out int size)
    {
        char unit = text[at];
        if (!char.IsHighSurrogate(unit))
        {
            size = 1;
            return OfUnit[unit];
        }

        _ = Rune.DecodeFromUtf16(text[at..], out Rune rune, out size);
        return Of(rune);
    }

    /// <summary>Where the run of <paramref name="kind"/> that goes on at <paramref name="end"/> ends.</summary>
    internal static int RunEnd(ReadOnlySpan<char> text, int end, CharacterKind kind)
    {
        while (end < text.Length && At(text, end, out int size) == kind)
        {
            end += size;
        }

        return end;
    }

    private static CharacterKind Of(Rune rune) => Rune.IsWhiteSpace(rune) ? CharacterKind.Space : Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
            or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => CharacterKind.Letter,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => CharacterKind.Number,
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => CharacterKind.Mark,
        _ => CharacterKind.Other,
    };

    private static CharacterKind[] MakeTable()
    {
        var kinds = new CharacterKind[char.MaxValue + 1];
        for (int unit = 0; unit < kinds.Length; unit++)
        {
            kinds[unit] = Rune.TryCreate(unit, out Rune rune) ? Of(rune) : CharacterKind.Other;
        }

        return kinds;
    }
}
