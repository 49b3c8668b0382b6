using System.Text;
using Ratchet.Engine.Tokenization.Unicode;

namespace Ratchet.Engine.Tokenization.Normalization;

/// <summary>Unicode's normalisation forms, from tables of our own: without ICU the runtime's leaves text as it is.</summary>
/// <remarks>
/// Source: Unicode Standard Annex #15. A character that is made of several covers the first of them only, as in Hugging
/// Face's tokenizers, whose offsets these are.
/// </remarks>
internal sealed class UnicodeForm : ITextNormalizer
{
    private readonly bool _composes;
    private readonly bool _isCompatible;
    private readonly Lazy<ulong[]> _stable;

    private UnicodeForm(bool composes, bool isCompatible)
    {
        _composes = composes;
        _isCompatible = isCompatible;
        _stable = new(MakeStable);
    }

    /// <summary>Form C.</summary>
    internal static UnicodeForm Composed { get; } = new(composes: true, isCompatible: false);

    /// <summary>Form D.</summary>
    internal static UnicodeForm Decomposed { get; } = new(composes: false, isCompatible: false);

    /// <summary>Form KC.</summary>
    internal static UnicodeForm CompatiblyComposed { get; } = new(composes: true, isCompatible: true);

    /// <summary>Form KD.</summary>
    internal static UnicodeForm CompatiblyDecomposed { get; } = new(composes: false, isCompatible: true);

    public NormalizedText Normalize(NormalizedText text)
    {
        ReadOnlySpan<char> chars = text.Chars;
        int first = FirstUnstable(chars, 0);
        if (first == chars.Length)
        {
            return text;
        }

        var result = new NormalizedTextWriter(text, chars.Length + (chars.Length / 8));
        var segment = new List<Part>();
        for (int at = 0; at < chars.Length;)
        {
            // A character that may change takes with it the one before it, which it may change too.
            int unstable = FirstUnstable(chars, at);
            int start = unstable == chars.Length ? unstable : LastCharacter(chars, at, unstable);
            result.Copy(at, start);
            at = start;
            segment.Clear();
            while (at < chars.Length && (at == start || !IsStable(chars, at)))
            {
                _ = Rune.DecodeFromUtf16(chars[at..], out Rune rune, out int size);
                Decompose(rune, segment);
                at += size;
            }

            if (segment.Count > 0)
            {
                Write(segment, start, chars, result);
            }
        }

        return result.Done();
    }

    private static int LastCharacter(ReadOnlySpan<char> chars, int from, int before)
    {
        if (before == from)
        {
            return before;
        }

        return before - from > 1 && char.IsLowSurrogate(chars[before - 1]) && char.IsHighSurrogate(chars[before - 2]) ? before - 2 : before - 1;
    }

    // A part, its class, and how many characters of the source it adds to the one before: 0 for one of its own, 1 for none.
    private readonly record struct Part(Rune Rune, int Class, int Change);

    private void Decompose(Rune rune, List<Part> segment)
    {
        var parts = new List<Rune>(4);
        if (_isCompatible && Composition.Compatible(rune) is { } compatible)
        {
            parts.AddRange(compatible);
        }
        else
        {
            CanonicalDecomposition.Append(rune, parts);
        }

        for (int i = 0; i < parts.Count; i++)
        {
            segment.Add(new Part(parts[i], CanonicalDecomposition.CombiningClass(parts[i]), i == 0 ? 0 : 1));
        }
    }

    private void Write(List<Part> segment, int start, ReadOnlySpan<char> chars, NormalizedTextWriter result)
    {
        List<Part> ordered = Ordered(segment);
        if (_composes)
        {
            Compose(ordered);
        }

        // The source's characters are taken one after the other, whatever the order of the marks has become.
        int place = start;
        (int From, int To) last = (start, start + SizeAt(chars, start));
        foreach (Part part in ordered)
        {
            if (part.Change <= 0 && place < chars.Length)
            {
                last = (place, place + SizeAt(chars, place));
                for (int taken = 1 - part.Change; taken > 0 && place < chars.Length; taken--)
                {
                    place += SizeAt(chars, place);
                }
            }

            result.Append(part.Rune, last.From, last.To);
        }
    }

    private static int SizeAt(ReadOnlySpan<char> chars, int at) =>
        char.IsHighSurrogate(chars[at]) && at + 1 < chars.Length ? 2 : 1;

    private static List<Part> Ordered(List<Part> segment)
    {
        var ordered = new List<Part>(segment.Count);
        for (int at = 0; at < segment.Count;)
        {
            int end = at + 1;
            if (segment[at].Class == 0)
            {
                ordered.Add(segment[at]);
            }
            else
            {
                while (end < segment.Count && segment[end].Class != 0)
                {
                    end++;
                }

                ordered.AddRange(segment.GetRange(at, end - at).OrderBy(part => part.Class));
            }

            at = end;
        }

        return ordered;
    }

    private static void Compose(List<Part> parts)
    {
        int starter = -1;
        int lastClass = -1;
        int kept = 0;
        for (int at = 0; at < parts.Count; at++)
        {
            Part part = parts[at];
            if (starter >= 0 && (lastClass < part.Class || lastClass < 0)
                && Composition.Of(parts[starter].Rune, part.Rune) is { } made)
            {
                parts[starter] = new Part(made, 0, parts[starter].Change + part.Change - 1);
                continue;
            }

            if (part.Class == 0)
            {
                starter = kept;
                lastClass = -1;
            }
            else
            {
                lastClass = part.Class;
            }

            parts[kept++] = part;
        }

        parts.RemoveRange(kept, parts.Count - kept);
    }

    private int FirstUnstable(ReadOnlySpan<char> chars, int from)
    {
        ulong[] stable = _stable.Value;
        for (int at = from; at < chars.Length; at++)
        {
            char unit = chars[at];
            if (unit >= 0x80 && (stable[unit >> 6] >> (unit & 63) & 1) == 0 && !IsStable(chars, at))
            {
                return at;
            }
        }

        return chars.Length;
    }

    private bool IsStable(ReadOnlySpan<char> chars, int at)
    {
        char unit = chars[at];
        if (char.IsHighSurrogate(unit))
        {
            _ = Rune.DecodeFromUtf16(chars[at..], out Rune rune, out _);
            return IsStable(rune);
        }

        return char.IsLowSurrogate(unit) || (_stable.Value[unit >> 6] >> (unit & 63) & 1) != 0;
    }

    // A starter that stays as it is and composes with nothing before it.
    private bool IsStable(Rune rune)
    {
        if (CanonicalDecomposition.CombiningClass(rune) != 0 || (_isCompatible && Composition.Compatible(rune) is not null))
        {
            return false;
        }

        if (_composes && Composition.IsSecond(rune.Value))
        {
            return false;
        }

        if (!CanonicalDecomposition.HasParts(rune))
        {
            return true;
        }

        var parts = new List<Part>(4);
        Decompose(rune, parts);
        if (_composes)
        {
            Compose(parts = Ordered(parts));
        }

        return parts.Count == 1 && parts[0].Rune == rune;
    }

    private ulong[] MakeStable()
    {
        ulong[] stable = new ulong[(char.MaxValue + 1) / 64];
        for (int point = 0; point <= char.MaxValue; point++)
        {
            if (Rune.TryCreate(point, out Rune rune) && IsStable(rune))
            {
                stable[point >> 6] |= 1UL << (point & 63);
            }
        }

        return stable;
    }
}
