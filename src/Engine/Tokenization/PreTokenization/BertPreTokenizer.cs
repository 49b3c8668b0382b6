using System.Globalization;
using System.Text;

namespace Ratchet.Engine.Tokenization.PreTokenization;

/// <summary>White space parts words; each mark of punctuation is a word of its own.</summary>
internal sealed class BertPreTokenizer : IPreTokenizer
{
    private static readonly Role[] OfUnit = MakeTable();

    private enum Role : byte
    {
        Word,
        Space,
        Punctuation,
    }

    public void Split(Piece piece, List<Piece> pieces)
    {
        ReadOnlySpan<char> chars = piece.Chars;
        int start = 0;
        for (int at = 0; at < chars.Length;)
        {
            int size = 1;
            Role role = OfUnit[chars[at]];
            if (char.IsHighSurrogate(chars[at]))
            {
                _ = Rune.DecodeFromUtf16(chars[at..], out Rune rune, out size);
                role = Of(rune);
            }

            if (role != Role.Word)
            {
                if (at > start)
                {
                    pieces.Add(piece.Part(start, at - start));
                }

                if (role == Role.Punctuation)
                {
                    pieces.Add(piece.Part(at, size));
                }

                start = at + size;
            }

            at += size;
        }

        if (chars.Length > start)
        {
            pieces.Add(piece.Part(start, chars.Length - start));
        }
    }

    /// <summary>Punctuation as BERT has it: Unicode's, and all ASCII characters that are no letter, digit or space.</summary>
    internal static bool IsPunctuation(Rune rune) => rune.IsAscii
        ? char.IsPunctuation((char)rune.Value) || char.IsSymbol((char)rune.Value)
        : Rune.GetUnicodeCategory(rune) is >= UnicodeCategory.ConnectorPunctuation and <= UnicodeCategory.OtherPunctuation;

    private static Role Of(Rune rune) =>
        Rune.IsWhiteSpace(rune) ? Role.Space : IsPunctuation(rune) ? Role.Punctuation : Role.Word;

    private static Role[] MakeTable()
    {
        var roles = new Role[char.MaxValue + 1];
        for (int unit = 0; unit < roles.Length; unit++)
        {
            roles[unit] = Rune.TryCreate(unit, out Rune rune) ? Of(rune) : Role.Word;
        }

        return roles;
    }
}
