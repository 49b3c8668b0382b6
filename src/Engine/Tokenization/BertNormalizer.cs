using System.Globalization;
using System.Text;
using Ratchet.Engine.Tokenization.Unicode;

namespace Ratchet.Engine.Tokenization;

/// <summary>BERT's cleaning: no control characters, Chinese characters apart, and, uncased, no accents and no capitals.</summary>
/// <param name="lowercase">Whether the model is uncased.</param>
internal sealed class BertNormalizer(bool lowercase)
{
    /// <summary>Normalises <paramref name="text"/>; offsets count from <paramref name="offset"/>.</summary>
    internal NormalizedText Normalize(ReadOnlySpan<char> text, int offset)
    {
        var result = new NormalizedText(text.Length + (text.Length / 8));
        var marks = new MarkOrder(result);
        for (int at = 0; at < text.Length;)
        {
            char unit = text[at];
            if (unit < 0x80)
            {
                marks.Flush();
                if (unit is ' ' or '\t' or '\n' or '\r')
                {
                    result.Append(' ', offset + at, offset + at + 1);
                }
                else if (unit is > ' ' and < '\x7F')
                {
                    result.Append(lowercase ? char.ToLowerInvariant(unit) : unit, offset + at, offset + at + 1);
                }

                at++;
                continue;
            }

            _ = Rune.DecodeFromUtf16(text[at..], out Rune rune, out int size);
            One(rune, offset + at, offset + at + size, result, marks);
            at += size;
        }

        marks.Flush();
        return result;
    }

    private void One(Rune rune, int start, int end, NormalizedText result, MarkOrder marks)
    {
        if (IsDropped(rune))
        {
            return;
        }

        if (Rune.IsWhiteSpace(rune))
        {
            marks.Flush();
            result.Append(' ', start, end);
        }
        else if (IsChinese(rune.Value))
        {
            // A compatibility ideograph still decomposes, between its spaces.
            marks.Flush();
            result.Append(' ', start, end);
            Letter(rune, start, end, result, marks);
            marks.Flush();
            result.Append(' ', start, end);
        }
        else
        {
            Letter(rune, start, end, result, marks);
        }
    }

    private void Letter(Rune rune, int start, int end, NormalizedText result, MarkOrder marks)
    {
        if (!lowercase)
        {
            result.Append(rune, start, end);
            return;
        }

        foreach (Rune part in marks.Parts(rune))
        {
            marks.Add(part, start, end);
        }
    }

    private static bool IsDropped(Rune rune) =>
        rune.Value == 0xFFFD || (Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse && !IsLineSpace(rune));

    // U+0085 is a control character to BERT although it is white space; tab and line breaks are the only exceptions, and ASCII.
    private static bool IsLineSpace(Rune rune) => rune.Value is '\t' or '\n' or '\r';

    private static bool IsChinese(int value) => value
        is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF)
        or (>= 0x2A700 and <= 0x2B73F) or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF)
        or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);

    /// <summary>Puts combining marks into canonical order, then drops the nonspacing ones and lowers the rest.</summary>
    private sealed class MarkOrder(NormalizedText result)
    {
        private readonly List<Rune> _parts = [];
        private readonly List<(Rune Rune, int Class, int Start, int End)> _waiting = [];

        internal List<Rune> Parts(Rune rune)
        {
            _parts.Clear();
            CanonicalDecomposition.Append(rune, _parts);
            return _parts;
        }

        internal void Add(Rune rune, int start, int end)
        {
            // Marks that are dropped need no order: it is their kind, not their place, that drops them.
            if (Rune.GetUnicodeCategory(rune) == UnicodeCategory.NonSpacingMark)
            {
                return;
            }

            int order = CanonicalDecomposition.CombiningClass(rune);
            if (order == 0)
            {
                Flush();
                Write(rune, start, end);
                return;
            }

            int at = _waiting.Count;
            while (at > 0 && _waiting[at - 1].Class > order)
            {
                at--;
            }

            _waiting.Insert(at, (rune, order, start, end));
        }

        internal void Flush()
        {
            foreach ((Rune rune, _, int start, int end) in _waiting)
            {
                Write(rune, start, end);
            }

            _waiting.Clear();
        }

        private void Write(Rune rune, int start, int end) => result.Append(Rune.ToLowerInvariant(rune), start, end);
    }
}
