using System.Globalization;
using System.Text;

namespace Ratchet.Engine.Tokenization.Patterns;

/// <summary>A set of code points: what a class of a pattern such as <c>[^\s\p{L}]</c> takes.</summary>
/// <remarks>Halves of UTF-16 pairs are code points of their own, of the category Surrogate.</remarks>
internal sealed class CharacterSet
{
    private const int AsciiEnd = 128;

    private readonly Func<int, bool> _has;
    private readonly UInt128 _ascii;

    private CharacterSet(Func<int, bool> has)
    {
        _has = has;
        for (int code = 0; code < AsciiEnd; code++)
        {
            _ascii |= has(code) ? UInt128.One << code : UInt128.Zero;
        }
    }

    /// <summary>Nothing.</summary>
    internal static CharacterSet None { get; } = new(_ => false);

    /// <summary>Every code point.</summary>
    internal static CharacterSet All { get; } = new(_ => true);

    /// <summary>Unicode's White_Space.</summary>
    internal static CharacterSet Space { get; } = new(code => Rune.IsValid(code) && Rune.IsWhiteSpace(new Rune(code)));

    internal bool Has(int code) => code < AsciiEnd ? ((_ascii >> code) & UInt128.One) != UInt128.Zero : _has(code);

    /// <summary>Code points from one to another, both included.</summary>
    internal static CharacterSet Range(int first, int last) => new(code => code >= first && code <= last);

    /// <summary>One code point.</summary>
    internal static CharacterSet One(int point) => new(code => code == point);

    /// <summary>Ranges in ascending order: first and last code point in turn.</summary>
    internal static CharacterSet Ranges(params ReadOnlySpan<int> bounds)
    {
        int[] kept = bounds.ToArray();
        return new(code =>
        {
            int place = Array.BinarySearch(kept, code);
            return place >= 0 || (~place & 1) == 1;
        });
    }

    /// <summary>General categories.</summary>
    internal static CharacterSet Categories(params ReadOnlySpan<UnicodeCategory> categories)
    {
        uint mask = 0;
        foreach (UnicodeCategory category in categories)
        {
            mask |= 1u << (int)category;
        }

        return new(code => ((mask >> (int)CharUnicodeInfo.GetUnicodeCategory(code)) & 1) != 0);
    }

    internal CharacterSet Or(CharacterSet other) => new(code => Has(code) || other.Has(code));

    /// <summary>What is in a range or a set; the ranges may overlap and stand in any order.</summary>
    internal static CharacterSet Union(IEnumerable<(int First, int Last)> ranges, IReadOnlyCollection<CharacterSet> sets)
    {
        var bounds = new List<int>();
        foreach ((int first, int last) in ranges.OrderBy(range => range.First))
        {
            if (bounds.Count > 0 && first <= bounds[^1] + 1)
            {
                bounds[^1] = Math.Max(bounds[^1], last);
            }
            else
            {
                bounds.AddRange([first, last]);
            }
        }

        CharacterSet[] all = [Ranges([.. bounds]), .. sets];
        return all.Length == 1 ? all[0] : bounds.Count == 0 && all.Length == 2 ? all[1] : new(code => Array.Exists(all, set => set.Has(code)));
    }

    /// <summary>What is in each of the sets.</summary>
    internal static CharacterSet Intersection(IReadOnlyCollection<CharacterSet> sets)
    {
        CharacterSet[] all = [.. sets];
        return all.Length == 1 ? all[0] : new(code => Array.TrueForAll(all, set => set.Has(code)));
    }

    internal CharacterSet Not() => new(code => !Has(code));

    /// <summary>The set, and what differs from a member by case alone (one code point to one).</summary>
    internal CharacterSet IgnoringCase() => new(code => Has(code) || Variants(code));

    /// <summary>The code point at <paramref name="at"/> and its UTF-16 units.</summary>
    internal static int CodeAt(ReadOnlySpan<char> text, int at, out int size)
    {
        char unit = text[at];
        size = char.IsHighSurrogate(unit) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]) ? 2 : 1;
        return size == 2 ? char.ConvertToUtf32(unit, text[at + 1]) : unit;
    }

    // Small, capital, and those two again of each: U+017F is a small s, U+212A a k.
    private bool Variants(int code)
    {
        if (!Rune.IsValid(code))
        {
            return false;
        }

        var rune = new Rune(code);
        var small = Rune.ToLowerInvariant(rune);
        var capital = Rune.ToUpperInvariant(rune);
        return Has(small.Value) || Has(capital.Value) || Has(Rune.ToLowerInvariant(capital).Value) || Has(Rune.ToUpperInvariant(small).Value)
            || (code is 's' or 'S' && Has(0x17F)) || (code is 'k' or 'K' && Has(0x212A));
    }
}
