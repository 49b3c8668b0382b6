using System.Globalization;
using System.Text;
using Ratchet.Engine.Tokenization.Unicode;

namespace Ratchet.Engine.Tokenization.Normalization;

/// <summary>BERT's cleaning: no control characters, Chinese characters apart, and, uncased, no accents and no capitals.</summary>
internal sealed class BertNormalizer : ITextNormalizer
{
    /// <summary>Whether control characters go and white space becomes spaces.</summary>
    internal bool CleansText { get; init; } = true;

    /// <summary>Whether each Chinese character becomes a word of its own.</summary>
    internal bool SplitsChinese { get; init; } = true;

    /// <summary>Whether accents are dropped.</summary>
    internal bool StripsAccents { get; init; } = true;

    /// <summary>Whether the model is uncased.</summary>
    internal bool Lowercases { get; init; } = true;

    public NormalizedText Normalize(NormalizedText text)
    {
        ReadOnlySpan<char> chars = text.Chars;
        var result = new NormalizedTextWriter(text, chars.Length + (chars.Length / 8));
        var marks = new MarkOrder(result, Lowercases);
        for (int at = 0; at < chars.Length;)
        {
            char unit = chars[at];
            if (unit < 0x80)
            {
                marks.Flush();
                if (CleansText && unit is '\t' or '\n' or '\r')
                {
                    result.Append(' ', at, at + 1);
                }
                else if (!CleansText || unit is >= ' ' and < '\x7F')
                {
                    result.Append(Lowercases ? char.ToLowerInvariant(unit) : unit, at, at + 1);
                }

                at++;
                continue;
            }

            _ = Rune.DecodeFromUtf16(chars[at..], out Rune rune, out int size);
            One(rune, at, at + size, result, marks);
            at += size;
        }

        marks.Flush();
        return result.Done();
    }

    private void One(Rune rune, int from, int to, NormalizedTextWriter result, MarkOrder marks)
    {
        if (CleansText && IsDropped(rune))
        {
            return;
        }

        if (CleansText && Rune.IsWhiteSpace(rune))
        {
            marks.Flush();
            result.Append(' ', from, to);
        }
        else if (SplitsChinese && IsChinese(rune.Value))
        {
            // A compatibility ideograph still decomposes, between its spaces.
            marks.Flush();
            result.Append(' ', from, to);
            Letter(rune, from, to, result, marks);
            marks.Flush();
            result.Append(' ', from, to);
        }
        else
        {
            Letter(rune, from, to, result, marks);
        }
    }

    private void Letter(Rune rune, int from, int to, NormalizedTextWriter result, MarkOrder marks)
    {
        if (!StripsAccents)
        {
            Cases.Append(result, rune, from, to, Lowercases);
            return;
        }

        foreach (Rune part in marks.Parts(rune))
        {
            marks.Add(part, from, to);
        }
    }

    private static bool IsDropped(Rune rune) =>
        rune.Value == 0xFFFD || (Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse);

    private static bool IsChinese(int value) => value
        is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF)
        or (>= 0x2A700 and <= 0x2B73F) or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF)
        or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);

    /// <summary>Puts combining marks into canonical order, then drops the nonspacing ones and lowers the rest.</summary>
    private sealed class MarkOrder(NormalizedTextWriter result, bool lowercases)
    {
        private readonly List<Rune> _parts = [];
        private readonly List<(Rune Rune, int Class, int From, int To)> _waiting = [];

        internal List<Rune> Parts(Rune rune)
        {
            _parts.Clear();
            CanonicalDecomposition.Append(rune, _parts);
            return _parts;
        }

        internal void Add(Rune rune, int from, int to)
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
                Cases.Append(result, rune, from, to, lowercases);
                return;
            }

            _waiting.Add((rune, order, from, to));
        }

        internal void Flush()
        {
            if (_waiting.Count == 0)
            {
                return;
            }

            foreach ((Rune rune, _, int from, int to) in _waiting.OrderBy(mark => mark.Class))
            {
                Cases.Append(result, rune, from, to, lowercases);
            }

            _waiting.Clear();
        }
    }
}
