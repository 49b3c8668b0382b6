using System.Buffers.Binary;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Quantization;

/// <summary>Levels, scales and minima of 32 consecutive numbers of a block of Q2_K ... Q6_K, IQ4_NL or IQ4_XS.</summary>
/// <remarks>
/// <code>
/// value[j] = scale[j / 16] · level[j] (+ minimum[j / 16] where the type has one)
///
/// Q2_K     d · (sc &amp; 15) · q - dmin · (sc >> 4)          q 2 bits                 sc for every 16
/// Q3_K     d · (sc - 32) · (q - 4)                       q 2 bits + 1 of hmask    sc for every 16, 6 bits
/// Q4_K     d · sc · q - dmin · m                         q 4 bits                 sc, m for every 32, 6 bits
/// Q5_K     d · sc · q - dmin · m                         q 4 bits + 1 of qh       sc, m for every 32, 6 bits
/// Q6_K     d · sc · (q - 32)                             q 4 bits + 2 of qh       sc for every 16, signed byte
/// IQ4_NL   d · level[q]                                  q 4 bits
/// IQ4_XS   d · (sc - 32) · level[q]                      q 4 bits                 sc for every 32, 6 bits
/// </code>
/// Source: ggml-common.h (the blocks) and ggml-quants.c (<c>dequantize_row_*</c>). The products with d are exact in single precision.
/// </remarks>
internal static class BlockPart
{
    /// <summary>Numbers of a part.</summary>
    public const int Size = 32;

    /// <summary>The uneven levels of IQ4_NL and IQ4_XS (ggml's kvalues_iq4nl).</summary>
    public static ReadOnlySpan<sbyte> UnevenLevels => [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

    /// <summary>Takes a part of a block apart.</summary>
    /// <param name="type">One of the types above.</param>
    /// <param name="block">A stored block.</param>
    /// <param name="part">From 0 to 7; 0 for blocks of 32.</param>
    /// <param name="levels">Output [32].</param>
    /// <param name="scales">Output [2], one for each 16 numbers.</param>
    /// <param name="minima">Output [2]; zero where the type has none.</param>
    public static void Read(ElementType type, ReadOnlySpan<byte> block, int part, Span<sbyte> levels, Span<float> scales, Span<float> minima)
    {
        minima.Clear();
        switch (type)
        {
            case ElementType.Q2_K:
                ReadTwoBits(block, part, levels, scales, minima);
                return;
            case ElementType.Q3_K:
                ReadThreeBits(block, part, levels, scales);
                return;
            case ElementType.Q4_K:
                ReadScaleAndMinimum(block, part, scales, minima);
                ReadNibbles(block[(16 + (part / 2 * Size))..], part, levels);
                return;
            case ElementType.Q5_K:
                ReadScaleAndMinimum(block, part, scales, minima);
                ReadNibbles(block[(48 + (part / 2 * Size))..], part, levels);
                for (int j = 0; j < Size; j++)
                {
                    levels[j] |= (sbyte)(((block[16 + j] >> part) & 1) << 4);
                }

                return;
            case ElementType.Q6_K:
                ReadSixBits(block, part, levels, scales);
                return;
            case ElementType.IQ4_NL:
                scales.Fill(Half(block));
                ReadUneven(block[2..], levels);
                return;
            default:
                int low = (block[4 + (part / 2)] >> (4 * (part % 2))) & 15;
                int high = (BinaryPrimitives.ReadUInt16LittleEndian(block[2..]) >> (2 * part)) & 3;
                scales.Fill(Half(block) * ((low | (high << 4)) - 32));
                ReadUneven(block[(8 + (16 * part))..], levels);
                return;
        }
    }

    /// <summary>The scale and the minimum of six bits of part j of Q4_K and Q5_K, from their twelve bytes.</summary>
    /// <remarks>
    /// <code>
    /// byte j       j of 0-3    scale j in bits 0-5        upper two bits of scale j + 4 in bits 6-7
    /// byte j + 4               minimum j in bits 0-5      upper two bits of minimum j + 4 in bits 6-7
    /// byte j + 8               lower four bits of scale j + 4 in bits 0-3, of minimum j + 4 in bits 4-7
    /// </code>
    /// </remarks>
    public static (int Scale, int Minimum) SixBits(ReadOnlySpan<byte> bytes, int part) => part < 4
        ? (bytes[part] & 63, bytes[part + 4] & 63)
        : ((bytes[part + 4] & 15) | (bytes[part - 4] >> 6 << 4), (bytes[part + 4] >> 4) | (bytes[part] >> 6 << 4));

    private static void ReadTwoBits(ReadOnlySpan<byte> block, int part, Span<sbyte> levels, Span<float> scales, Span<float> minima)
    {
        float d = Half(block[80..]);
        float dMinimum = Half(block[82..]);
        for (int half = 0; half < 2; half++)
        {
            int packed = block[(2 * part) + half];
            scales[half] = d * (packed & 15);
            minima[half] = -(dMinimum * (packed >> 4));
        }

        for (int j = 0; j < Size; j++)
        {
            levels[j] = (sbyte)((block[16 + (part / 4 * Size) + j] >> (2 * (part % 4))) & 3);
        }
    }

    private static void ReadThreeBits(ReadOnlySpan<byte> block, int part, Span<sbyte> levels, Span<float> scales)
    {
        float d = Half(block[108..]);
        ReadOnlySpan<byte> packed = block.Slice(96, 12);
        for (int half = 0; half < 2; half++)
        {
            int i = (2 * part) + half;
            int low = i < 8 ? packed[i] & 15 : packed[i - 8] >> 4;
            int high = (packed[8 + (i % 4)] >> (2 * (i / 4))) & 3;
            scales[half] = d * ((low | (high << 4)) - 32);
        }

        for (int j = 0; j < Size; j++)
        {
            int low = (block[32 + (part / 4 * Size) + j] >> (2 * (part % 4))) & 3;
            int high = (block[j] >> part) & 1;
            levels[j] = (sbyte)((low | (high << 2)) - 4);
        }
    }

    private static void ReadSixBits(ReadOnlySpan<byte> block, int part, Span<sbyte> levels, Span<float> scales)
    {
        float d = Half(block[208..]);
        scales[0] = d * (sbyte)block[192 + (2 * part)];
        scales[1] = d * (sbyte)block[193 + (2 * part)];
        int low = (part / 4 * 64) + (part % 2 * Size);
        int high = 128 + (part / 4 * Size);
        for (int j = 0; j < Size; j++)
        {
            int nibble = (block[low + j] >> (part % 4 / 2 * 4)) & 15;
            int upper = (block[high + j] >> (2 * (part % 4))) & 3;
            levels[j] = (sbyte)((nibble | (upper << 4)) - 32);
        }
    }

    private static void ReadScaleAndMinimum(ReadOnlySpan<byte> block, int part, Span<float> scales, Span<float> minima)
    {
        (int scale, int minimum) = SixBits(block.Slice(4, 12), part);
        scales.Fill(Half(block) * scale);
        minima.Fill(-(Half(block[2..]) * minimum));
    }

    // Parts 0, 2, ... are in the lower nibbles of 32 bytes, 1, 3, ... in the upper ones.
    private static void ReadNibbles(ReadOnlySpan<byte> pairs, int part, Span<sbyte> levels)
    {
        for (int j = 0; j < Size; j++)
        {
            levels[j] = (sbyte)((pairs[j] >> (4 * (part % 2))) & 15);
        }
    }

    private static void ReadUneven(ReadOnlySpan<byte> pairs, Span<sbyte> levels)
    {
        for (int j = 0; j < Size / 2; j++)
        {
            levels[j] = UnevenLevels[pairs[j] & 15];
            levels[j + (Size / 2)] = UnevenLevels[pairs[j] >> 4];
        }
    }

    private static float Half(ReadOnlySpan<byte> at) => (float)BinaryPrimitives.ReadHalfLittleEndian(at);
}
