using System.Runtime.CompilerServices;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Quantization;

/// <summary>Where the parts of a block lie in a tile: the blocks of 16 outputs for the same 32 inputs.</summary>
/// <remarks>
/// <code>
/// Q4_0  | 16 scales F16 |                              4 x 64 bytes of nibbles |
/// Q4_1  | 16 scales F16 | 16 minima F16 |              4 x 64 bytes of nibbles |
/// Q5_0  | 16 scales F16 |                 16 x uint32 | 4 x 64 bytes of nibbles |
/// Q5_1  | 16 scales F16 | 16 minima F16 | 16 x uint32 | 4 x 64 bytes of nibbles |
/// Q8_0  | 16 scales F16 | 8 x 64 signed bytes |
/// plain | 16 numbers, one of each output |
/// </code>
/// The types of 256, and those of uneven levels, lie word by word: <see cref="WordLayout"/>.
/// Byte 4 · output + j of group g of 64 bytes holds, of that output: in Q8_0 number 4g + j; else number 8g + j in its lower and
/// number 8g + 4 + j in its upper nibble. So 32 bits hold numbers of one output that are neighbours, as the integer dot product of four
/// bytes wants them, and shifting 16 such words by the same amount gives one number of each of 16 outputs, as a panel wants them.
/// </remarks>
internal static unsafe class TileLayout
{
    /// <summary>Outputs of a tile.</summary>
    public const int Outputs = 16;

    /// <summary>Inputs that kernels take from a tile of blocks at a time: all of it, or an eighth where blocks have 256.</summary>
    public const int Inputs = 32;

    /// <summary>Bytes of the 16 scales, or minima, of a tile.</summary>
    public const int ScaleBytes = Outputs * 2;

    /// <summary>Bytes of the fifth bits of a tile.</summary>
    public const int FifthBitBytes = Outputs * 4;

    private const int GroupBytes = Outputs * 4;
    private const uint LowerNibbles = 0x0F0F0F0F;

    /// <summary>Whether the type's blocks have a minimum.</summary>
    public static bool HasMinimum(ElementType type) => type is ElementType.Q4_1 or ElementType.Q5_1;

    /// <summary>Whether the type's blocks have fifth bits.</summary>
    public static bool HasFifthBits(ElementType type) => type is ElementType.Q5_0 or ElementType.Q5_1;

    /// <summary>Bytes before the fifth bits or, where there are none, the numbers.</summary>
    public static int FifthBitOffset(ElementType type) => HasMinimum(type) ? 2 * ScaleBytes : ScaleBytes;

    /// <summary>Bytes before the numbers.</summary>
    public static int NumberOffset(ElementType type) => FifthBitOffset(type) + (HasFifthBits(type) ? FifthBitBytes : 0);

    /// <summary>Puts a stored block, or number of a plain type, into a tile.</summary>
    public static void WriteBlock(ElementType type, byte* tile, int output, byte* block)
    {
        if (type.BlockSize() == 1)
        {
            Copy(tile + (output * type.BlockBytes()), block, type.BlockBytes());
            return;
        }

        if (WordLayout.Has(type))
        {
            WordLayout.WriteBlock(type, tile, output, block);
            return;
        }

        int at = Header(type, out int fifthBitsAt);
        Copy(tile + (output * 2), block, 2);
        if (HasMinimum(type))
        {
            Copy(tile + ScaleBytes + (output * 2), block + 2, 2);
        }

        if (HasFifthBits(type))
        {
            Copy(tile + FifthBitOffset(type) + (output * 4), block + fifthBitsAt, 4);
        }

        byte* numbers = tile + NumberOffset(type) + (output * 4);
        if (type == ElementType.Q8_0)
        {
            for (int group = 0; group < Inputs / 4; group++)
            {
                Put(numbers + (group * GroupBytes), Word(block + at + (group * 4)));
            }

            return;
        }

        // A block's lower nibbles are its numbers 0 to 15, the upper ones 16 to 31; four of a kind are moved at once.
        for (int group = 0; group < 2; group++)
        {
            uint first = Word(block + at + (group * 8));
            uint second = Word(block + at + (group * 8) + 4);
            Put(numbers + (group * GroupBytes), (first & LowerNibbles) | ((second & LowerNibbles) << 4));
            Put(numbers + ((group + 2) * GroupBytes), ((first >> 4) & LowerNibbles) | (second & ~LowerNibbles));
        }
    }

    /// <summary>Takes a stored block, or number of a plain type, out of a tile.</summary>
    public static void ReadBlock(ElementType type, byte* tile, int output, byte* block)
    {
        if (type.BlockSize() == 1)
        {
            Copy(block, tile + (output * type.BlockBytes()), type.BlockBytes());
            return;
        }

        if (WordLayout.Has(type))
        {
            WordLayout.ReadBlock(type, tile, output, block);
            return;
        }

        int at = Header(type, out int fifthBitsAt);
        Copy(block, tile + (output * 2), 2);
        if (HasMinimum(type))
        {
            Copy(block + 2, tile + ScaleBytes + (output * 2), 2);
        }

        if (HasFifthBits(type))
        {
            Copy(block + fifthBitsAt, tile + FifthBitOffset(type) + (output * 4), 4);
        }

        byte* numbers = tile + NumberOffset(type) + (output * 4);
        for (int i = 0; i < Inputs; i++)
        {
            if (type == ElementType.Q8_0)
            {
                block[at + i] = numbers[(i / 4 * GroupBytes) + (i % 4)];
                continue;
            }

            byte pair = numbers[(i / 8 * GroupBytes) + (i % 4)];
            int nibble = (i & 4) == 0 ? pair & 15 : pair >> 4;
            byte* to = block + at + (i % 16);
            *to = (byte)(i < 16 ? nibble : *to | (nibble << 4));
        }
    }

    private static int Header(ElementType type, out int fifthBitsAt)
    {
        fifthBitsAt = HasMinimum(type) ? 4 : 2;
        return fifthBitsAt + (HasFifthBits(type) ? 4 : 0);
    }

    private static uint Word(byte* from) => Unsafe.ReadUnaligned<uint>(from);

    private static void Put(byte* into, uint word) => Unsafe.WriteUnaligned(into, word);

    private static void Copy(byte* into, byte* from, int count)
    {
        for (int i = 0; i < count; i++)
        {
            into[i] = from[i];
        }
    }
}
