using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Quantization;

/// <summary>Turns numbers into the stored blocks of an <see cref="ElementType"/> and back, exactly as ggml does.</summary>
/// <remarks>
/// Blocks of 32 numbers, little-endian; d is the scale and m the minimum, both half precision. Nibble j of <c>qs</c> is number j in
/// its lower half and number j + 16 in its upper half; bit j of <c>qh</c> is the fifth bit of number j.
/// <code>
/// Q4_0  | d | qs 16 bytes |                  value = d · (q - 8)
/// Q4_1  | d | m | qs 16 bytes |              value = d · q + m
/// Q5_0  | d | qh 4 bytes | qs 16 bytes |     value = d · (q - 16)
/// Q5_1  | d | m | qh 4 bytes | qs 16 bytes | value = d · q + m
/// Q8_0  | d | 32 signed bytes |              value = d · q
/// </code>
/// <see cref="BlockPart"/> has the types of 256 numbers and those of uneven levels. Source: ggml-quants.c, <c>quantize_row_*_ref</c> and <c>dequantize_row_*</c>.
/// </remarks>
public static partial class BlockCodec
{
    private const int Size = 32;
    private const int HalfSize = Size / 2;

    /// <summary>Writes the numbers of <paramref name="source"/> to <paramref name="into"/>.</summary>
    /// <param name="type">How <paramref name="source"/> is stored.</param>
    /// <param name="source">Whole blocks.</param>
    /// <param name="into">As many numbers as the blocks hold.</param>
    /// <exception cref="ArgumentException">The lengths do not fit each other.</exception>
    public static void Dequantize(ElementType type, ReadOnlySpan<byte> source, Span<float> into)
    {
        if (source.Length != type.RowBytes(into.Length))
        {
            throw new ArgumentException(
                $"{into.Length} numbers of {type} take {type.RowBytes(into.Length)} bytes, but {source.Length} are given.", nameof(source));
        }

        switch (type)
        {
            case ElementType.F32:
                MemoryMarshal.Cast<byte, float>(source).CopyTo(into);
                return;
            case ElementType.F16:
                System.Numerics.Tensors.TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(source), into);
                return;
            case ElementType.BF16:
                ReadOnlySpan<ushort> upper = MemoryMarshal.Cast<byte, ushort>(source);
                for (int i = 0; i < into.Length; i++)
                {
                    into[i] = BitConverter.Int32BitsToSingle(upper[i] << 16);
                }

                return;
            case >= ElementType.Q2_K and <= ElementType.IQ4_XS:
                DequantizeParts(type, source, into);
                return;
            default:
                int bytes = type.BlockBytes();
                for (int block = 0; block < into.Length / Size; block++)
                {
                    DequantizeBlock(type, source.Slice(block * bytes, bytes), into.Slice(block * Size, Size));
                }

                return;
        }
    }

    private static void DequantizeBlock(ElementType type, ReadOnlySpan<byte> block, Span<float> into)
    {
        float d = ReadHalf(block);
        if (type == ElementType.Q8_0)
        {
            for (int j = 0; j < Size; j++)
            {
                into[j] = d * (sbyte)block[2 + j];
            }

            return;
        }

        bool hasMinimum = type is ElementType.Q4_1 or ElementType.Q5_1;
        bool hasFifthBit = type is ElementType.Q5_0 or ElementType.Q5_1;
        float m = hasMinimum ? ReadHalf(block[2..]) : 0f;
        int at = hasMinimum ? 4 : 2;
        uint fifthBits = hasFifthBit ? BinaryPrimitives.ReadUInt32LittleEndian(block[at..]) : 0;
        ReadOnlySpan<byte> nibbles = block[(hasFifthBit ? at + 4 : at)..];
        int center = hasMinimum ? 0 : hasFifthBit ? 16 : 8;
        for (int j = 0; j < HalfSize; j++)
        {
            int low = (nibbles[j] & 15) | (int)((fifthBits >> j) & 1) << 4;
            int high = (nibbles[j] >> 4) | (int)((fifthBits >> (j + HalfSize)) & 1) << 4;

            // Without a minimum nothing may be added: it would turn a negative zero into a positive one.
            into[j] = hasMinimum ? (d * low) + m : d * (low - center);
            into[j + HalfSize] = hasMinimum ? (d * high) + m : d * (high - center);
        }
    }

    private static void DequantizeParts(ElementType type, ReadOnlySpan<byte> source, Span<float> into)
    {
        Span<sbyte> levels = stackalloc sbyte[BlockPart.Size];
        Span<float> scales = stackalloc float[2];
        Span<float> minima = stackalloc float[2];
        bool hasMinimum = WordLayout.HasMinimum(type);
        int size = type.BlockSize();
        int bytes = type.BlockBytes();
        for (int first = 0; first < into.Length; first += BlockPart.Size)
        {
            BlockPart.Read(type, source.Slice(first / size * bytes, bytes), first % size / BlockPart.Size, levels, scales, minima);
            for (int j = 0; j < BlockPart.Size; j++)
            {
                int half = j / HalfSize;
                float value = scales[half] * levels[j];
                into[first + j] = hasMinimum ? value + minima[half] : value;
            }
        }
    }

    private static float ReadHalf(ReadOnlySpan<byte> at) => (float)BinaryPrimitives.ReadHalfLittleEndian(at);
}
