using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Ratchet.Engine.Kernels;

namespace Ratchet.Engine.Quantization;

/// <summary>Products of thin rounded rows with the tiles of an <see cref="ExpansionMatrix"/>, added to what is there.</summary>
/// <remarks>
/// <code>
/// y[i,o] += (Σ over the ranks of z[i,r] · b[o,r]) · scale[i] · scale[o]        the sum exact, in integers
/// </code>
/// </remarks>
internal static unsafe class ExpansionKernel
{
    /// <summary>Bytes of two ranks of a tile.</summary>
    public const int PairBytes = 2 * TileLayout.Outputs;

    private const int RowsTogether = 4;

    /// <summary>y += z · Bᵀ for the outputs of one tile.</summary>
    /// <param name="y">Added to: the first of the outputs in the first row.</param>
    /// <param name="yRowStride">Numbers from row to row of y.</param>
    /// <param name="z">Rows of <see cref="ExpansionRows"/>.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="rank">Numbers of a row of z.</param>
    /// <param name="tile">The tile.</param>
    /// <param name="outputs">Outputs wanted, up to 16.</param>
    public static void Add(float* y, nint yRowStride, byte* z, int rows, int rank, byte* tile, int outputs)
    {
        int pairs = ExpansionRows.Padded(rank) / 2;
        int zRowBytes = ExpansionRows.RowBytes(rank);
        if (VectorPath.Width == VectorWidth.Plain)
        {
            AddPlain(y, yRowStride, z, zRowBytes, rows, pairs, tile, outputs);
            return;
        }

        int row = 0;
        for (; row + RowsTogether <= rows; row += RowsTogether, y += RowsTogether * yRowStride, z += RowsTogether * zRowBytes)
        {
            Rows4(y, yRowStride, z, zRowBytes, pairs, tile, outputs);
        }

        for (; row < rows; row++, y += yRowStride, z += zRowBytes)
        {
            Rows1(y, z, pairs, tile, outputs);
        }
    }

    private static void AddPlain(float* y, nint yRowStride, byte* z, int zRowBytes, int rows, int pairs, byte* tile, int outputs)
    {
        float* scales = (float*)(tile + (pairs * PairBytes));
        for (int row = 0; row < rows; row++, y += yRowStride, z += zRowBytes)
        {
            short* numbers = (short*)z;
            for (int output = 0; output < outputs; output++)
            {
                int sum = 0;
                for (int r = 0; r < 2 * pairs; r++)
                {
                    sum += numbers[r] * ((sbyte*)tile)[(r / 2 * PairBytes) + (2 * output) + (r % 2)];
                }

                y[output] = float.MultiplyAddEstimate(sum * *(float*)(numbers + (2 * pairs)), scales[output], y[output]);
            }
        }
    }

    // All outputs of the tile at once, so that a pair of z is spread out once for them.
    private static void Rows4(float* y, nint yRowStride, byte* z, int zRowBytes, int pairs, byte* tile, int outputs)
    {
        int* z0 = (int*)z;
        int* z1 = (int*)(z + zRowBytes);
        int* z2 = (int*)(z + (2 * zRowBytes));
        int* z3 = (int*)(z + (3 * zRowBytes));
        Vector256<int> s0 = default, s1 = default, s2 = default, s3 = default;
        Vector256<int> t0 = default, t1 = default, t2 = default, t3 = default;
        byte* levels = tile;
        for (int pair = 0; pair < pairs; pair++, levels += PairBytes)
        {
            Vector256<short> b = Levels(levels);
            Vector256<short> c = Levels(levels + Vector128<byte>.Count);
            s0 += Dot(b, z0[pair]);
            t0 += Dot(c, z0[pair]);
            s1 += Dot(b, z1[pair]);
            t1 += Dot(c, z1[pair]);
            s2 += Dot(b, z2[pair]);
            t2 += Dot(c, z2[pair]);
            s3 += Dot(b, z3[pair]);
            t3 += Dot(c, z3[pair]);
        }

        float* scales = (float*)levels;
        Store(y, s0, t0, *(float*)(z0 + pairs), scales, outputs);
        Store(y + yRowStride, s1, t1, *(float*)(z1 + pairs), scales, outputs);
        Store(y + (2 * yRowStride), s2, t2, *(float*)(z2 + pairs), scales, outputs);
        Store(y + (3 * yRowStride), s3, t3, *(float*)(z3 + pairs), scales, outputs);
    }

    private static void Rows1(float* y, byte* z, int pairs, byte* tile, int outputs)
    {
        int* numbers = (int*)z;
        Vector256<int> s = default, t = default;
        byte* levels = tile;
        for (int pair = 0; pair < pairs; pair++, levels += PairBytes)
        {
            s += Dot(Levels(levels), numbers[pair]);
            t += Dot(Levels(levels + Vector128<byte>.Count), numbers[pair]);
        }

        Store(y, s, t, *(float*)(numbers + pairs), (float*)levels, outputs);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Levels(byte* at)
    {
        var bytes = Vector128.Load((sbyte*)at);
        return Avx2.IsSupported
            ? Avx2.ConvertToVector256Int16(bytes)
            : Vector256.Create(Vector128.WidenLower(bytes), Vector128.WidenUpper(bytes));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Dot(Vector256<short> levels, int pair)
    {
        if (Avx2.IsSupported)
        {
            return Avx2.MultiplyAddAdjacent(levels, Vector256.Create(pair).AsInt16());
        }

        Vector256<int> words = levels.AsInt32();
        return (((words << 16) >> 16) * Vector256.Create((int)(short)pair)) + ((words >> 16) * Vector256.Create(pair >> 16));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* y, Vector256<int> s, Vector256<int> t, float zScale, float* scales, int outputs)
    {
        Vector256<float> a = Vector256.ConvertToSingle(s) * Vector256.Create(zScale);
        Vector256<float> b = Vector256.ConvertToSingle(t) * Vector256.Create(zScale);
        if (outputs == TileLayout.Outputs)
        {
            Vector256.MultiplyAddEstimate(a, Vector256.Load(scales), Vector256.Load(y)).Store(y);
            float* upper = y + Vector256<float>.Count;
            Vector256.MultiplyAddEstimate(b, Vector256.Load(scales + Vector256<float>.Count), Vector256.Load(upper)).Store(upper);
            return;
        }

        for (int output = 0; output < outputs; output++)
        {
            float value = output < Vector256<float>.Count ? a[output] : b[output - Vector256<float>.Count];
            y[output] = float.MultiplyAddEstimate(value, scales[output], y[output]);
        }
    }
}
