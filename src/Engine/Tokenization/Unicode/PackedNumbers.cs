using System.IO.Compression;
using System.Text;

namespace Ratchet.Engine.Tokenization.Unicode;

/// <summary>Reads the numbers of a packed table: base64, deflated, seven bits a byte.</summary>
internal sealed class PackedNumbers
{
    private readonly byte[] _data;
    private int _at;

    internal PackedNumbers(string packed)
    {
        using var inflated = new MemoryStream();
        using (var deflate = new DeflateStream(new MemoryStream(Convert.FromBase64String(packed)), CompressionMode.Decompress))
        {
            deflate.CopyTo(inflated);
        }

        _data = inflated.ToArray();
    }

    internal int Next()
    {
        int value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = _data[_at++];
            value |= (next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }

    /// <summary>A count, then each decomposition as distance from the last code point, length and parts.</summary>
    internal Dictionary<int, Rune[]> NextDecompositions()
    {
        var parts = new Dictionary<int, Rune[]>();
        int point = 0;
        for (int left = Next(); left > 0; left--)
        {
            point += Next();
            var runes = new Rune[Next()];
            for (int i = 0; i < runes.Length; i++)
            {
                runes[i] = new Rune(Next());
            }

            parts.Add(point, runes);
        }

        return parts;
    }
}
