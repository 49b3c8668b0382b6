using System.Buffers.Binary;
using System.Text;

namespace Ratchet.Engine.Tokenization.Normalization;

/// <summary>SentencePiece's compiled table of characters and what becomes of them.</summary>
/// <remarks>
/// <code>
/// u32   bytes of the trie
/// u32[] trie: a double array; each unit holds label, offset and whether a value follows
/// text  what things become, each ended by a zero byte; values are places in it
/// </code>
/// All numbers little-endian. The longest entry that fits wins. Source: normalizer.cc of https://github.com/google/sentencepiece,
/// units as in https://github.com/s-yata/darts-clone. Every place is checked before it is read.
/// </remarks>
internal sealed class CharactersMap
{
    private const int LongestResult = 1 << 10;

    private readonly uint[] _units;
    private readonly Dictionary<int, string> _results = [];

    /// <exception cref="VocabularyException">The table does not hold what its first number says.</exception>
    internal CharactersMap(ReadOnlySpan<byte> table)
    {
        uint trieBytes = table.Length >= 4 ? BinaryPrimitives.ReadUInt32LittleEndian(table) : uint.MaxValue;
        if (trieBytes == 0 || trieBytes % 4 != 0 || trieBytes > table.Length - 4)
        {
            throw new VocabularyException(
                $"The precompiled character map has {table.Length:N0} bytes and says that {trieBytes:N0} of them are its trie; "
                + "the trie must be whole units of 4 bytes within the map. Fetch the file again.");
        }

        _units = new uint[trieBytes / 4];
        for (int i = 0; i < _units.Length; i++)
        {
            _units[i] = BinaryPrimitives.ReadUInt32LittleEndian(table[(4 + (i * 4))..]);
        }

        ReadOnlySpan<byte> texts = table[(4 + (int)trieBytes)..];
        int total = 0;
        foreach (uint unit in _units)
        {
            // A unit without a label is a value: where its text begins.
            if (unit >> 31 == 0 || (int)(unit & 0x7FFFFFFF) is var place && place >= texts.Length || _results.ContainsKey(place))
            {
                continue;
            }

            ReadOnlySpan<byte> rest = texts.Slice(place, Math.Min(texts.Length - place, LongestResult));
            int end = rest.IndexOf((byte)0);
            _results[place] = Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]);
            total += (end < 0 ? rest.Length : end) + 1;
            if (total > texts.Length + LongestResult)
            {
                throw new VocabularyException(
                    $"The entries of the precompiled character map share their texts: together they are longer than the {texts.Length:N0} bytes "
                    + "that hold them. Each entry needs a text of its own. Fetch the file again.");
            }
        }
    }

    /// <summary>The longest entry at the start of <paramref name="text"/>.</summary>
    /// <param name="text">Whole characters.</param>
    /// <param name="length">UTF-16 units that the entry takes; 0 where there is none.</param>
    internal string? Find(ReadOnlySpan<char> text, out int length)
    {
        length = 0;
        string? found = null;
        Span<byte> bytes = stackalloc byte[4];
        uint node = Offset(_units[0]);
        for (int at = 0; at < text.Length;)
        {
            _ = Rune.DecodeFromUtf16(text[at..], out Rune rune, out int size);
            uint unit = 0;
            foreach (byte value in bytes[..rune.EncodeToUtf8(bytes)])
            {
                node ^= value;
                if (node >= _units.Length || ((unit = _units[node]) & 0x800000FF) != value)
                {
                    return found;
                }

                node ^= Offset(unit);
            }

            at += size;
            if ((unit >> 8 & 1) != 0 && node < _units.Length && _results.TryGetValue((int)(_units[node] & 0x7FFFFFFF), out string? result))
            {
                (found, length) = (result, at);
            }
        }

        return found;
    }

    private static uint Offset(uint unit) => unit >> 10 << (int)((unit & 0x200) >> 6);
}
