using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Quantization;

/// <summary>Products of rounded activations with a row of tiles of <see cref="WordLayout"/>: each part is taken apart once for many rows.</summary>
/// <remarks>
/// <code>
/// s[h]   = Σ over half a part of level[o,j] · x[i,j]       exact, in integers
/// y[i,o] = Σ over the parts, in order, of  scale[o,h] · xScale[i,h] · s[h] + minimum[o,h] · xSum[i,h],  h = 0, 1
/// </code>
/// Levels and activations are bytes of at most 127 in magnitude, so that pairs of products fit 16 bits: 2 · 127 · 127 = 32,258.
/// </remarks>
internal static unsafe class SubTileProduct
{
    private const int RowsMax = 32;
    private const int Outputs = TileLayout.Outputs;
    private const int GroupBytes = WordLayout.GroupBytes;

    /// <summary>Multiplies all rows by one row of tiles.</summary>
    /// <param name="type">A type of <see cref="WordLayout"/>.</param>
    /// <param name="product">Activations and results.</param>
    /// <param name="tiles">The row of tiles.</param>
    /// <param name="y">Result of row 0 for the first output of the tiles.</param>
    /// <param name="outputs">Outputs wanted, up to 16.</param>
    public static void MultiplyRow(ElementType type, in IntegerKernel.Product product, byte* tiles, float* y, int outputs)
    {
        byte* subTile = stackalloc byte[SubTile.Bytes];
        float* sums = stackalloc float[RowsMax * Outputs];
        int partsPerTile = type.BlockSize() / BlockPart.Size;
        int tileBytes = type.BlockBytes() * Outputs;
        bool hasMinimum = WordLayout.HasMinimum(type);
        for (int firstRow = 0; firstRow < product.Rows; firstRow += RowsMax)
        {
            int rows = Math.Min(RowsMax, product.Rows - firstRow);
            new Span<float>(sums, rows * Outputs).Clear();
            for (int part = 0; part < product.BlockCount; part++)
            {
                SubTile.Unpack(type, tiles + ((long)(part / partsPerTile) * tileBytes), part % partsPerTile, subTile);
                Multiply(product, subTile, part, firstRow, rows, hasMinimum, sums);
            }

            for (int row = 0; row < rows; row++)
            {
                float* into = y + ((firstRow + row) * product.YRowStride);
                for (int output = 0; output < outputs; output++)
                {
                    float value = sums[(row * Outputs) + output];
                    into[output] = product.Accumulate ? into[output] + value : value;
                }
            }
        }
    }

    private static void Multiply(
        in IntegerKernel.Product product, byte* subTile, int part, int firstRow, int rows, bool hasMinimum, float* sums)
    {
        for (int row = 0; row < rows; row++, sums += Outputs)
        {
            long at = ((long)(firstRow + row) * product.BlockCount) + part;
            sbyte* x = product.Numbers + (at * BlockPart.Size);
            float* xScales = product.Scales + (at * 2);
            float* xSums = product.HalfSums + (at * 2);
            for (int half = 0; half < 2; half++)
            {
                byte* numbers = subTile + (half * 4 * GroupBytes);
                float* scales = (float*)(subTile + SubTile.ScaleOffset) + (half * Outputs);
                float* minima = (float*)(subTile + SubTile.MinimumOffset) + (half * Outputs);
                sbyte* own = x + (half * 16);
                switch (VectorPath.Width)
                {
                    case VectorWidth.Bits512 when Avx2.IsSupported:
                        Add512((sbyte*)numbers, own, xScales[half], scales, sums);
                        break;
                    case VectorWidth.Bits256 when Avx2.IsSupported:
                        Add256((sbyte*)numbers, own, xScales[half], scales, sums);
                        break;
                    case VectorWidth.Plain:
                        AddPlain((sbyte*)numbers, own, xScales[half], scales, sums);
                        break;
                    default:
                        Add128((sbyte*)numbers, own, xScales[half], scales, sums);
                        break;
                }

                if (hasMinimum)
                {
                    AddMinimum(minima, xSums[half], sums);
                }
            }
        }
    }

    /// <summary>The reference.</summary>
    private static void AddPlain(sbyte* numbers, sbyte* x, float xScale, float* scales, float* sums)
    {
        for (int output = 0; output < Outputs; output++)
        {
            int sum = 0;
            for (int i = 0; i < 16; i++)
            {
                sum += numbers[(i / 4 * GroupBytes) + (output * 4) + (i % 4)] * x[i];
            }

            sums[output] = float.MultiplyAddEstimate(sum * xScale, scales[output], sums[output]);
        }
    }

    private static void AddMinimum(float* minima, float xSum, float* sums)
    {
        if (VectorPath.Width == VectorWidth.Plain)
        {
            for (int output = 0; output < Outputs; output++)
            {
                sums[output] = float.MultiplyAddEstimate(minima[output], xSum, sums[output]);
            }

            return;
        }

        var share = Vector256.Create(xSum);
        Vector256.MultiplyAddEstimate(Vector256.Load(minima), share, Vector256.Load(sums)).Store(sums);
        Vector256.MultiplyAddEstimate(Vector256.Load(minima + 8), share, Vector256.Load(sums + 8)).Store(sums + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add512(sbyte* numbers, sbyte* x, float xScale, float* scales, float* sums)
    {
        Vector512<int> s = Dot512(Vector512.Load(numbers), x)
            + Dot512(Vector512.Load(numbers + GroupBytes), x + 4)
            + Dot512(Vector512.Load(numbers + (2 * GroupBytes)), x + 8)
            + Dot512(Vector512.Load(numbers + (3 * GroupBytes)), x + 12);
        Vector512<float> value = Vector512.ConvertToSingle(s) * Vector512.Create(xScale);
        Vector512.MultiplyAddEstimate(value, Vector512.Load(scales), Vector512.Load(sums)).Store(sums);
    }

    // The instruction wants one unsigned side: the sign of the weight goes to the activation.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Dot512(Vector512<sbyte> levels, sbyte* x)
    {
        var number = Vector512.Create(*(int*)x).AsSByte();
        var signed = Vector512.ConditionalSelect(Vector512.LessThan(levels, Vector512<sbyte>.Zero), -number, number);
        var magnitude = Vector512.Abs(levels).AsByte();
        return Avx512BW.IsSupported
            ? Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(magnitude, signed), Vector512<short>.One)
            : Vector512.Create(
                Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(magnitude.GetLower(), signed.GetLower()), Vector256<short>.One),
                Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(magnitude.GetUpper(), signed.GetUpper()), Vector256<short>.One));
    }

    private static void Add256(sbyte* numbers, sbyte* x, float xScale, float* scales, float* sums)
    {
        for (int part = 0; part < Outputs; part += 8)
        {
            sbyte* own = numbers + (part * 4);
            Vector256<int> s = Dot256(Vector256.Load(own), x)
                + Dot256(Vector256.Load(own + GroupBytes), x + 4)
                + Dot256(Vector256.Load(own + (2 * GroupBytes)), x + 8)
                + Dot256(Vector256.Load(own + (3 * GroupBytes)), x + 12);
            Vector256<float> value = Vector256.ConvertToSingle(s) * Vector256.Create(xScale);
            Vector256.MultiplyAddEstimate(value, Vector256.Load(scales + part), Vector256.Load(sums + part)).Store(sums + part);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Dot256(Vector256<sbyte> levels, sbyte* x)
    {
        var signed = Avx2.Sign(Vector256.Create(*(int*)x).AsSByte(), levels);
        return Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(Avx2.Abs(levels), signed), Vector256<short>.One);
    }

    private static void Add128(sbyte* numbers, sbyte* x, float xScale, float* scales, float* sums)
    {
        for (int part = 0; part < Outputs; part += 4)
        {
            Vector128<int> low = default;
            Vector128<int> high = default;
            for (int group = 0; group < 4; group++)
            {
                var levels = Vector128.Load(numbers + (part * 4) + (group * GroupBytes));
                var number = Vector128.Create(*(int*)(x + (4 * group))).AsSByte();
                low += AddPairs(Vector128.WidenLower(levels) * Vector128.WidenLower(number));
                high += AddPairs(Vector128.WidenUpper(levels) * Vector128.WidenUpper(number));
            }

            // Each output has two sums side by side: outputs 0 and 1 in low, 2 and 3 in high.
            var even = Vector128.Create(
                Vector128.Shuffle(low, Vector128.Create(0, 2, 0, 2)).GetLower(), Vector128.Shuffle(high, Vector128.Create(0, 2, 0, 2)).GetLower());
            var odd = Vector128.Create(
                Vector128.Shuffle(low, Vector128.Create(1, 3, 1, 3)).GetLower(), Vector128.Shuffle(high, Vector128.Create(1, 3, 1, 3)).GetLower());
            Vector128<float> value = Vector128.ConvertToSingle(even + odd) * xScale;
            Vector128.MultiplyAddEstimate(value, Vector128.Load(scales + part), Vector128.Load(sums + part)).Store(sums + part);
        }
    }

    private static Vector128<int> AddPairs(Vector128<short> products)
        => ((products.AsInt32() << 16) >> 16) + (products.AsInt32() >> 16);
}
