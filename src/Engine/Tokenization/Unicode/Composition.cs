using System.Text;

namespace Ratchet.Engine.Tokenization.Unicode;

/// <summary>What two characters compose to, and compatibility decompositions.</summary>
/// <remarks>Source: Unicode Standard Annex #15; Hangul by arithmetic, section 3.12 of the standard.</remarks>
internal static class Composition
{
    private const int LeadingStart = 0x1100;
    private const int LeadingCount = 19;
    private const int VowelStart = 0x1161;
    private const int VowelCount = 21;
    private const int TrailingStart = 0x11A7;
    private const int TrailingCount = 28;
    private const int SyllableStart = 0xAC00;
    private const int SyllableCount = LeadingCount * VowelCount * TrailingCount;

    private static readonly Lazy<Tables> Loaded = new(Load);

    private sealed record Tables(Dictionary<int, Rune[]> Compatibility, Dictionary<long, Rune> Pairs, HashSet<int> Seconds);

    /// <summary>What the two make, or null.</summary>
    internal static Rune? Of(Rune first, Rune second)
    {
        int leading = first.Value - LeadingStart;
        int vowel = second.Value - VowelStart;
        if (leading is >= 0 and < LeadingCount && vowel is >= 0 and < VowelCount)
        {
            return new Rune(SyllableStart + (((leading * VowelCount) + vowel) * TrailingCount));
        }

        int syllable = first.Value - SyllableStart;
        int trailing = second.Value - TrailingStart;
        if (syllable is >= 0 and < SyllableCount && syllable % TrailingCount == 0 && trailing is > 0 and < TrailingCount)
        {
            return new Rune(first.Value + trailing);
        }

        return Loaded.Value.Pairs.TryGetValue(Key(first.Value, second.Value), out Rune made) ? made : null;
    }

    /// <summary>Whether a character may compose with the one before it.</summary>
    internal static bool IsSecond(int point) =>
        point is (>= VowelStart and < VowelStart + VowelCount) or (> TrailingStart and < TrailingStart + TrailingCount)
        || Loaded.Value.Seconds.Contains(point);

    /// <summary>The parts to which a character is compatible; null where it has no more than its canonical ones.</summary>
    internal static Rune[]? Compatible(Rune rune) => Loaded.Value.Compatibility.GetValueOrDefault(rune.Value);

    private static long Key(int first, int second) => ((long)first << 32) | (uint)second;

    private static Tables Load()
    {
        var numbers = new PackedNumbers(CompatibilityTables.Packed);
        Dictionary<int, Rune[]> compatibility = numbers.NextDecompositions();
        var pairs = new Dictionary<long, Rune>();
        var seconds = new HashSet<int>();
        int point = 0;
        for (int left = numbers.Next(); left > 0; left--)
        {
            point += numbers.Next();
            int first = numbers.Next();
            int second = numbers.Next();
            pairs.Add(Key(first, second), new Rune(point));
            seconds.Add(second);
        }

        return new Tables(compatibility, pairs, seconds);
    }
}
