using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Quantization;

public static partial class BlockCodec
{
    /// <summary>Writes the blocks nearest to <paramref name="source"/> to <paramref name="into"/>.</summary>
    /// <param name="type">How <paramref name="into"/> is stored.</param>
    /// <param name="source">Whole blocks of finite numbers.</param>
    /// <param name="into">As many bytes as the blocks take.</param>
    /// <exception cref="ArgumentException">
    /// The lengths do not fit each other, a block's scale is beyond half precision, or the type is only read (<see cref="CanWrite"/>).
    /// </exception>
    public static void Quantize(ElementType type, ReadOnlySpan<float> source, Span<byte> into)
    {
        if (into.Length != type.RowBytes(source.Length))
        {
            throw new ArgumentException(
                $"{source.Length} numbers of {type} take {type.RowBytes(source.Length)} bytes, but {into.Length} are given.", nameof(into));
        }

        switch (type)
        {
            case ElementType.F32:
                MemoryMarshal.AsBytes(source).CopyTo(into);
                return;
            case ElementType.F16:
                System.Numerics.Tensors.TensorPrimitives.ConvertToHalf(source, MemoryMarshal.Cast<byte, Half>(into));
                return;
            case ElementType.BF16:
                Span<ushort> upper = MemoryMarshal.Cast<byte, ushort>(into);
                for (int i = 0; i < source.Length; i++)
                {
                    upper[i] = ToBFloat16(source[i]);
                }

                return;
            case ElementType.Q4_K or ElementType.Q6_K:
                int size = type.BlockSize();
                for (int block = 0; block < source.Length / size; block++)
                {
                    BlockSearch.Quantize(type, source.Slice(block * size, size), into.Slice(block * type.BlockBytes(), type.BlockBytes()));
                }

                return;
            case ElementType.Q4_0 or ElementType.Q4_1 or ElementType.Q5_0 or ElementType.Q5_1 or ElementType.Q8_0:
                int bytes = type.BlockBytes();
                for (int block = 0; block < source.Length / Size; block++)
                {
                    QuantizeBlock(type, source.Slice(block * Size, Size), into.Slice(block * bytes, bytes));
                }

                return;
            default:
                throw new ArgumentException(
                    $"{type} is read, not written. Written are {string.Join(", ", Enum.GetValues<ElementType>().Where(CanWrite))}.", nameof(type));
        }
    }

    /// <summary>Whether numbers can be quantised to a type; every type can be read.</summary>
    /// <param name="type">The type.</param>
    public static bool CanWrite(ElementType type) => type <= ElementType.Q8_0 || BlockSearch.CanWrite(type);

    private static void QuantizeBlock(ElementType type, ReadOnlySpan<float> x, Span<byte> into)
    {
        switch (type)
        {
            case ElementType.Q8_0:
                QuantizeBytes(x, into);
                return;
            case ElementType.Q4_0 or ElementType.Q5_0:
                QuantizeCentered(x, into, type == ElementType.Q5_0 ? 16 : 8);
                return;
            default:
                QuantizeFromMinimum(x, into, type == ElementType.Q5_1 ? 31 : 15);
                return;
        }
    }

    private static void QuantizeBytes(ReadOnlySpan<float> x, Span<byte> into)
    {
        float largest = 0f;
        foreach (float value in x)
        {
            largest = MathF.Max(largest, MathF.Abs(value));
        }

        float d = largest / 127f;
        float inverse = d != 0f ? 1f / d : 0f;
        WriteHalf(into, d);
        if (float.IsInfinity(inverse))
        {
            into.Slice(2, Size).Clear();
            return;
        }

        for (int j = 0; j < Size; j++)
        {
            into[2 + j] = (byte)(sbyte)MathF.Round(x[j] * inverse, MidpointRounding.AwayFromZero);
        }
    }

    // The number of largest magnitude becomes exactly -center, the level that has no positive twin; d carries its sign.
    private static void QuantizeCentered(ReadOnlySpan<float> x, Span<byte> into, int center)
    {
        float largest = 0f;
        float signed = 0f;
        foreach (float value in x)
        {
            if (largest < MathF.Abs(value))
            {
                largest = MathF.Abs(value);
                signed = value;
            }
        }

        float d = signed / -center;
        float inverse = d != 0f ? 1f / d : 0f;
        WriteHalf(into, d);
        Pack(x, 0f, inverse, center + 0.5f, (2 * center) - 1, into[2..]);
    }

    private static void QuantizeFromMinimum(ReadOnlySpan<float> x, Span<byte> into, int levelMax)
    {
        float least = x[0];
        float largest = x[0];
        foreach (float value in x)
        {
            least = value < least ? value : least;
            largest = value > largest ? value : largest;
        }

        float d = (largest - least) / levelMax;
        float inverse = d != 0f ? 1f / d : 0f;
        WriteHalf(into, d);
        WriteHalf(into[2..], least);
        Pack(x, least, inverse, 0.5f, levelMax, into[4..]);
    }

    private static void Pack(
        ReadOnlySpan<float> x, float minimum, float inverse, float offset, int levelMax, Span<byte> into)
    {
        bool hasFifthBit = levelMax > 15;
        Span<byte> nibbles = into[(hasFifthBit ? 4 : 0)..];
        if (float.IsInfinity(inverse))
        {
            // The scale is subnormal and stored as 0: the levels do not count, and ggml's come out as 0.
            into.Clear();
            return;
        }

        uint fifthBits = 0;
        for (int j = 0; j < HalfSize; j++)
        {
            int low = Math.Min(levelMax, (int)(((x[j] - minimum) * inverse) + offset));
            int high = Math.Min(levelMax, (int)(((x[j + HalfSize] - minimum) * inverse) + offset));
            nibbles[j] = (byte)((low & 15) | ((high & 15) << 4));
            fifthBits |= ((uint)low >> 4) << j;
            fifthBits |= ((uint)high >> 4) << (j + HalfSize);
        }

        if (hasFifthBit)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(into, fifthBits);
        }
    }

    /// <summary>Writes a scale or minimum and gives it as it was rounded.</summary>
    /// <exception cref="ArgumentException">It is beyond half precision.</exception>
    internal static float WriteHalf(Span<byte> into, float value)
    {
        var half = (Half)value;
        if (!Half.IsFinite(half))
        {
            throw new ArgumentException(
                $"A block's scale or minimum is {value}, beyond the largest half-precision number {(float)Half.MaxValue}. "
                + "Keep the tensor as F32 or BF16.", nameof(value));
        }

        BinaryPrimitives.WriteHalfLittleEndian(into, half);
        return (float)half;
    }

    // Round to nearest, ties to even; a NaN keeps its sign and becomes quiet.
    private static ushort ToBFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value)
            ? (ushort)((bits >> 16) | 64)
            : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
