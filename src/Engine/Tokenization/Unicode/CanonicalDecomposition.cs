using System.Text;

namespace Ratchet.Engine.Tokenization.Unicode;

/// <summary>Unicode's normalisation form D, from tables of our own: without ICU the runtime's leaves text as it is.</summary>
/// <remarks>Source: Unicode Standard Annex #15; Hangul by arithmetic, section 3.12 of the standard.</remarks>
internal static class CanonicalDecomposition
{
    private const int HangulStart = 0xAC00;
    private const int HangulCount = 11172;
    private const int TrailingCount = 28;
    private const int VowelCount = 21;

    private static readonly Lazy<Tables> Loaded = new(Load);

    private sealed record Tables(Dictionary<int, Rune[]> Parts, Dictionary<int, byte> Classes);

    /// <summary>Appends the parts of <paramref name="rune"/>, or itself where it has none.</summary>
    internal static void Append(Rune rune, List<Rune> into)
    {
        int value = rune.Value;
        if (value < 0xC0)
        {
            into.Add(rune);
        }
        else if (value is >= HangulStart and < HangulStart + HangulCount)
        {
            int index = value - HangulStart;
            into.Add(new Rune(0x1100 + (index / (VowelCount * TrailingCount))));
            into.Add(new Rune(0x1161 + (index % (VowelCount * TrailingCount) / TrailingCount)));
            if (index % TrailingCount != 0)
            {
                into.Add(new Rune(0x11A7 + (index % TrailingCount)));
            }
        }
        else if (Loaded.Value.Parts.TryGetValue(value, out Rune[]? parts))
        {
            into.AddRange(parts);
        }
        else
        {
            into.Add(rune);
        }
    }

    /// <summary>Whether a character has parts.</summary>
    internal static bool HasParts(Rune rune) => rune.Value >= 0xC0
        && (rune.Value is >= HangulStart and < HangulStart + HangulCount || Loaded.Value.Parts.ContainsKey(rune.Value));

    /// <summary>Canonical combining class; 0 for what begins a character.</summary>
    internal static int CombiningClass(Rune rune) =>
        rune.Value < 0x300 ? 0 : Loaded.Value.Classes.GetValueOrDefault(rune.Value);

    private static Tables Load()
    {
        var numbers = new PackedNumbers(NormalizationTables.Packed);
        Dictionary<int, Rune[]> parts = numbers.NextDecompositions();
        var classes = new Dictionary<int, byte>();
        int start = 0;
        for (int left = numbers.Next(); left > 0; left--)
        {
            start += numbers.Next();
            int length = numbers.Next();
            byte value = (byte)numbers.Next();
            for (int i = 0; i < length; i++)
            {
                classes.Add(start + i, value);
            }
        }

        return new Tables(parts, classes);
    }
}
