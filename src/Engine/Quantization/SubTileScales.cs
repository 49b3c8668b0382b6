using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Quantization;

/// <summary>Scales and minima of a part of a tile of <see cref="WordLayout"/>, of eight outputs at a time; <see cref="BlockPart"/> has the formulas.</summary>
internal static unsafe class SubTileScales
{
    /// <summary>Writes scales [2, 16], then minima [2, 16] (zero where the type has none).</summary>
    /// <param name="type">A type of <see cref="WordLayout"/>.</param>
    /// <param name="tile">The tile.</param>
    /// <param name="part">Which 32 inputs.</param>
    /// <param name="into">Output [4, 16].</param>
    public static void Unpack(ElementType type, byte* tile, int part, float* into)
    {
        byte* words = tile + WordLayout.WordOffset(type);
        for (int outputs = 0; outputs < TileLayout.Outputs; outputs += 8, into += 8)
        {
            int* word = (int*)words + outputs;
            Vector256<float> d = TileKernel.LoadHalves(tile + (outputs * 2));
            if (WordLayout.HasMinimum(type))
            {
                Vector256<float> dMinimum = TileKernel.LoadHalves(tile + (TileLayout.Outputs * 2) + (outputs * 2));
                for (int half = 0; half < 2; half++)
                {
                    (Vector256<int> scale, Vector256<int> minimum) = type == ElementType.Q2_K ? FourBits(word, (2 * part) + half) : SixBits(word, part);
                    (d * Vector256.ConvertToSingle(scale)).Store(into + (half * TileLayout.Outputs));
                    Negative(dMinimum * Vector256.ConvertToSingle(minimum)).Store(into + ((2 + half) * TileLayout.Outputs));
                }

                continue;
            }

            for (int half = 0; half < 2; half++)
            {
                Vector256<float> scale = type switch
                {
                    ElementType.IQ4_NL => d,
                    ElementType.IQ4_XS => d * Vector256.ConvertToSingle(SplitSixBits(tile + (TileLayout.Outputs * 2) + (outputs * 2), word, part)),
                    ElementType.Q3_K => d * Vector256.ConvertToSingle(ThreeBitScale(word + (24 * TileLayout.Outputs), (2 * part) + half)),
                    _ => d * Vector256.ConvertToSingle(SignedByte(word + (48 * TileLayout.Outputs), (2 * part) + half)),
                };
                scale.Store(into + (half * TileLayout.Outputs));
                Vector256<float>.Zero.Store(into + ((2 + half) * TileLayout.Outputs));
            }
        }
    }

    // Byte i of the bytes that begin at a word, of eight outputs.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Byte(int* word, int i)
        => Vector256.ShiftRightLogical(Vector256.Load(word + (i / 4 * TileLayout.Outputs)), i % 4 * 8) & Vector256.Create(255);

    private static Vector256<int> SignedByte(int* word, int i) => (Byte(word, i) << 24) >> 24;

    private static (Vector256<int> Scale, Vector256<int> Minimum) FourBits(int* word, int i)
    {
        Vector256<int> packed = Byte(word, i);
        return (packed & Vector256.Create(15), packed >> 4);
    }

    private static (Vector256<int> Scale, Vector256<int> Minimum) SixBits(int* word, int part)
    {
        var six = Vector256.Create(63);
        if (part < 4)
        {
            return (Byte(word, part) & six, Byte(word, part + 4) & six);
        }

        Vector256<int> low = Byte(word, part + 4);
        return ((low & Vector256.Create(15)) | ((Byte(word, part - 4) >> 6) << 4), (low >> 4) | ((Byte(word, part) >> 6) << 4));
    }

    private static Vector256<int> ThreeBitScale(int* word, int i)
    {
        Vector256<int> low = i < 8 ? Byte(word, i) & Vector256.Create(15) : Byte(word, i - 8) >> 4;
        Vector256<int> high = (Byte(word, 8 + (i % 4)) >> (2 * (i / 4))) & Vector256.Create(3);
        return (low | (high << 4)) - Vector256.Create(32);
    }

    private static Vector256<int> SplitSixBits(byte* highs, int* word, int part)
    {
        var halves = Vector128.Load((ushort*)highs);
        var wide = Vector256.Create(Vector128.WidenLower(halves), Vector128.WidenUpper(halves));
        Vector256<int> high = (wide.AsInt32() >> (2 * part)) & Vector256.Create(3);
        Vector256<int> low = Vector256.ShiftRightLogical(Vector256.Load(word), 4 * part) & Vector256.Create(15);
        return (low | (high << 4)) - Vector256.Create(32);
    }

    // Zeros too: x - 0 keeps a negative zero, and x + (-0) does.
    private static Vector256<float> Negative(Vector256<float> value) => value ^ Vector256.Create(-0f);
}
