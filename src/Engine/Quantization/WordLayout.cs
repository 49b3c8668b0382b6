using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Quantization;

/// <summary>Tiles of the types whose blocks keep their numbers in consecutive bytes: the blocks of 16 outputs, word by word.</summary>
/// <remarks>
/// <code>
/// tile    | 16 x first half word | 16 x second, where there is one | 16 x word 0 | 16 x word 1 | ...
///
///          half words     words
/// Q2_K     d  dmin        scales 0-3    qs 4-19
/// Q3_K     d              hmask 0-7     qs 8-23       scales 24-26
/// Q4_K     d  dmin        scales 0-2    qs 3-34
/// Q5_K     d  dmin        scales 0-2    qh 3-10       qs 11-42
/// Q6_K     d              ql 0-31       qh 32-47      scales 48-51
/// IQ4_NL   d              qs 0-3
/// IQ4_XS   d  scales_h    scales_l 0    qs 1-32
/// </code>
/// Words are 32 bits of one block, so that 64 bytes hold four neighbouring bytes of each of 16 outputs: shifted and masked they are a group
/// of <see cref="SubTile"/>.
/// </remarks>
internal static unsafe class WordLayout
{
    /// <summary>Bytes of one word of all outputs.</summary>
    public const int GroupBytes = TileLayout.Outputs * 4;

    private const int HalfWordBytes = TileLayout.Outputs * 2;

    /// <summary>Whether a type's blocks lie in tiles like these.</summary>
    public static bool Has(ElementType type) => type is >= ElementType.Q2_K and <= ElementType.IQ4_XS;

    /// <summary>Whether numbers have a minimum beside their scale.</summary>
    public static bool HasMinimum(ElementType type) => type is ElementType.Q2_K or ElementType.Q4_K or ElementType.Q5_K;

    /// <summary>Bytes of a tile before its words.</summary>
    public static int WordOffset(ElementType type) => Fields(type).HalfWords * HalfWordBytes;

    /// <summary>Puts a stored block into a tile.</summary>
    public static void WriteBlock(ElementType type, byte* tile, int output, byte* block)
    {
        BlockFields fields = Fields(type);
        for (int i = 0; i < fields.HalfWords; i++)
        {
            Copy(tile + (i * HalfWordBytes) + (output * 2), block + fields.FirstHalfWord + (2 * i), 2);
        }

        byte* words = tile + (fields.HalfWords * HalfWordBytes) + (output * 4);
        for (int i = 0; i < fields.Words; i++)
        {
            Copy(words + (i * GroupBytes), block + fields.FirstWord + (4 * i), 4);
        }
    }

    /// <summary>Takes a stored block out of a tile.</summary>
    public static void ReadBlock(ElementType type, byte* tile, int output, byte* block)
    {
        BlockFields fields = Fields(type);
        for (int i = 0; i < fields.HalfWords; i++)
        {
            Copy(block + fields.FirstHalfWord + (2 * i), tile + (i * HalfWordBytes) + (output * 2), 2);
        }

        byte* words = tile + (fields.HalfWords * HalfWordBytes) + (output * 4);
        for (int i = 0; i < fields.Words; i++)
        {
            Copy(block + fields.FirstWord + (4 * i), words + (i * GroupBytes), 4);
        }
    }

    private static BlockFields Fields(ElementType type) => type switch
    {
        ElementType.Q2_K => new BlockFields(80, 2, 0, 20),
        ElementType.Q3_K => new BlockFields(108, 1, 0, 27),
        ElementType.Q4_K => new BlockFields(0, 2, 4, 35),
        ElementType.Q5_K => new BlockFields(0, 2, 4, 43),
        ElementType.Q6_K => new BlockFields(208, 1, 0, 52),
        ElementType.IQ4_NL => new BlockFields(0, 1, 2, 4),
        ElementType.IQ4_XS => new BlockFields(0, 2, 4, 33),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "The blocks of this type do not lie word by word."),
    };

    private static void Copy(byte* into, byte* from, int count)
    {
        for (int i = 0; i < count; i++)
        {
            into[i] = from[i];
        }
    }

    // Half words and words of a block: where the first one is, in bytes, and how many there are.
    private readonly record struct BlockFields(int FirstHalfWord, int HalfWords, int FirstWord, int Words);
}
