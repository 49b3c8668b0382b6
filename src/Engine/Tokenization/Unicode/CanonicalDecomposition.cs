using System.IO.Compression;
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

    /// <summary>Canonical combining class; 0 for what begins a character.</summary>
    internal static int CombiningClass(Rune rune) =>
        rune.Value < 0x300 ? 0 : Loaded.Value.Classes.GetValueOrDefault(rune.Value);

    private static Tables Load()
    {
        byte[] packed = Convert.FromBase64String(NormalizationTables.Packed);
        using var inflated = new MemoryStream();
        using (var deflate = new DeflateStream(new MemoryStream(packed), CompressionMode.Decompress))
        {
            deflate.CopyTo(inflated);
        }

        ReadOnlySpan<byte> data = inflated.ToArray();
        int at = 0;

        var parts = new Dictionary<int, Rune[]>();
        int point = 0;
        for (int left = Number(data, ref at); left > 0; left--)
        {
            point += Number(data, ref at);
            var runes = new Rune[Number(data, ref at)];
            for (int i = 0; i < runes.Length; i++)
            {
                runes[i] = new Rune(Number(data, ref at));
            }

            parts.Add(point, runes);
        }

        var classes = new Dictionary<int, byte>();
        int start = 0;
        for (int left = Number(data, ref at); left > 0; left--)
        {
            start += Number(data, ref at);
            int length = Number(data, ref at);
            byte value = (byte)Number(data, ref at);
            for (int i = 0; i < length; i++)
            {
                classes.Add(start + i, value);
            }
        }

        return new Tables(parts, classes);
    }

    private static int Number(ReadOnlySpan<byte> data, ref int at)
    {
        int value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = data[at++];
            value |= (next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}
