using System.Globalization;
using System.Text;

namespace Ratchet.Engine.Tokenization.Normalization;

/// <summary>Changes or drops each character by itself.</summary>
internal sealed class CharacterNormalizer : ITextNormalizer
{
    private readonly Change _change;

    private CharacterNormalizer(Change change) => _change = change;

    private delegate void Change(NormalizedTextWriter result, Rune rune, int from, int to);

    /// <summary>Lower case.</summary>
    internal static CharacterNormalizer Lowercase { get; } = new((result, rune, from, to) =>
        Cases.Append(result, rune, from, to, lowercases: true));

    /// <summary>No combining marks.</summary>
    internal static CharacterNormalizer StripAccents { get; } = new((result, rune, from, to) =>
    {
        if (Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
            or UnicodeCategory.EnclosingMark))
        {
            result.Append(rune, from, to);
        }
    });

    /// <summary>The cleaning before SentencePiece's NMT rules: control characters go, invisible ones become spaces.</summary>
    internal static CharacterNormalizer Nmt { get; } = new((result, rune, from, to) =>
    {
        if (rune.Value is (>= 0x1 and <= 0x8) or 0xB or (>= 0xE and <= 0x1F) or 0x7F or 0x8F or 0x9F)
        {
            return;
        }

        bool isSpace = rune.Value is 0x9 or 0xA or 0xC or 0xD or 0x1680 or (>= 0x200B and <= 0x200F) or 0x2028 or 0x2029
            or 0x2581 or 0xFEFF or 0xFFFD;
        result.Append(isSpace ? new Rune(' ') : rune, from, to);
    });

    public NormalizedText Normalize(NormalizedText text)
    {
        ReadOnlySpan<char> chars = text.Chars;
        var result = new NormalizedTextWriter(text, chars.Length);
        for (int at = 0; at < chars.Length;)
        {
            _ = Rune.DecodeFromUtf16(chars[at..], out Rune rune, out int size);
            _change(result, rune, at, at + size);
            at += size;
        }

        return result.Done();
    }
}
