using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Quantization;

/// <summary>An adapter's B in bytes with a scale for each output, and the product y += z · Bᵀ with it.</summary>
/// <remarks>
/// Outputs lie in tiles of 16, as those of the weight that the adapter belongs to:
/// <code>
/// | 16 scales F32 | rank x 16 signed bytes |
/// </code>
/// z stays in single precision: it has few numbers, and rounding them would cost more than it brings.
/// </remarks>
public sealed unsafe class ExpansionMatrix : IDisposable
{
    private const int ScaleBytes = TileLayout.Outputs * sizeof(float);
    private const int LevelMax = 127;
    private const int RowsTogether = 4;

    private readonly NativeBuffer _tiles;

    /// <summary>Rounds a factor.</summary>
    /// <param name="b">B transposed [rank, outputs].</param>
    /// <param name="rank">Its rows.</param>
    /// <param name="outputs">Its columns.</param>
    public ExpansionMatrix(float* b, int rank, int outputs)
    {
        Rank = rank;
        int tiles = (outputs + TileLayout.Outputs - 1) / TileLayout.Outputs;
        TileBytes = ScaleBytes + (rank * TileLayout.Outputs);
        _tiles = NativeBuffer.OfModel((long)tiles * TileBytes);
        for (int tile = 0; tile < tiles; tile++)
        {
            int first = tile * TileLayout.Outputs;
            Fill(Tiles + ((long)tile * TileBytes), b + first, outputs, Math.Min(TileLayout.Outputs, outputs - first));
        }
    }

    /// <summary>Numbers of a row of z.</summary>
    public int Rank { get; }

    /// <summary>Bytes held.</summary>
    public long ByteLength => _tiles.Length;

    /// <summary>The first tile.</summary>
    internal byte* Tiles => _tiles.Pointer;

    /// <summary>Bytes of a tile.</summary>
    internal int TileBytes { get; }

    /// <inheritdoc/>
    public void Dispose() => _tiles.Dispose();

    /// <summary>y += z · Bᵀ for the outputs of one tile.</summary>
    /// <param name="y">Added to: the first of the outputs in the first row.</param>
    /// <param name="yRowStride">Numbers from row to row of y.</param>
    /// <param name="z">[rows, rank].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="rank">Numbers of a row of z.</param>
    /// <param name="tile">The tile.</param>
    /// <param name="outputs">Outputs wanted, up to 16.</param>
    internal static void Add(float* y, nint yRowStride, float* z, int rows, int rank, byte* tile, int outputs)
    {
        if (VectorPath.Width == VectorWidth.Plain)
        {
            AddPlain(y, yRowStride, z, rows, rank, tile, outputs);
            return;
        }

        int row = 0;
        for (; row + RowsTogether <= rows; row += RowsTogether, y += RowsTogether * yRowStride, z += RowsTogether * rank)
        {
            Rows4(y, yRowStride, z, rank, tile, outputs);
        }

        for (; row < rows; row++, y += yRowStride, z += rank)
        {
            Rows1(y, z, rank, tile, outputs);
        }
    }

    // Row by row of B transposed, which lies in memory so. An output of zeros has scale 0, and levels of 0.
    private void Fill(byte* tile, float* b, int stride, int outputs)
    {
        float* scales = (float*)tile;
        float* inverses = stackalloc float[TileLayout.Outputs];
        for (int r = 0; r < Rank; r++)
        {
            for (int lane = 0; lane < outputs; lane++)
            {
                scales[lane] = MathF.Max(scales[lane], MathF.Abs(b[((long)r * stride) + lane]));
            }
        }

        for (int lane = 0; lane < outputs; lane++)
        {
            inverses[lane] = scales[lane] > 0f ? LevelMax / scales[lane] : 0f;
            scales[lane] /= LevelMax;
        }

        sbyte* levels = (sbyte*)(tile + ScaleBytes);
        for (int r = 0; r < Rank; r++, levels += TileLayout.Outputs)
        {
            for (int lane = 0; lane < outputs; lane++)
            {
                levels[lane] = (sbyte)MathF.Round(b[((long)r * stride) + lane] * inverses[lane], MidpointRounding.ToEven);
            }
        }
    }

    private static void AddPlain(float* y, nint yRowStride, float* z, int rows, int rank, byte* tile, int outputs)
    {
        sbyte* levels = (sbyte*)(tile + ScaleBytes);
        for (int row = 0; row < rows; row++)
        {
            for (int output = 0; output < outputs; output++)
            {
                float sum = 0f;
                for (int r = 0; r < rank; r++)
                {
                    sum = float.MultiplyAddEstimate(z[(row * rank) + r], levels[(r * TileLayout.Outputs) + output], sum);
                }

                float* into = y + (row * yRowStride) + output;
                *into = float.MultiplyAddEstimate(sum, ((float*)tile)[output], *into);
            }
        }
    }

    // All outputs of the tile at once, so that a number of z is spread out once for them.
    private static void Rows4(float* y, nint yRowStride, float* z, int rank, byte* tile, int outputs)
    {
        float* z1 = z + rank;
        float* z2 = z1 + rank;
        float* z3 = z2 + rank;
        Vector256<float> s0 = default, s1 = default, s2 = default, s3 = default;
        Vector256<float> t0 = default, t1 = default, t2 = default, t3 = default;
        byte* levels = tile + ScaleBytes;
        for (int r = 0; r < rank; r++, levels += TileLayout.Outputs)
        {
            Vector256<float> b = Levels(levels);
            Vector256<float> c = Levels(levels + Vector256<float>.Count);
            var own = Vector256.Create(z[r]);
            s0 = Vector256.MultiplyAddEstimate(own, b, s0);
            t0 = Vector256.MultiplyAddEstimate(own, c, t0);
            own = Vector256.Create(z1[r]);
            s1 = Vector256.MultiplyAddEstimate(own, b, s1);
            t1 = Vector256.MultiplyAddEstimate(own, c, t1);
            own = Vector256.Create(z2[r]);
            s2 = Vector256.MultiplyAddEstimate(own, b, s2);
            t2 = Vector256.MultiplyAddEstimate(own, c, t2);
            own = Vector256.Create(z3[r]);
            s3 = Vector256.MultiplyAddEstimate(own, b, s3);
            t3 = Vector256.MultiplyAddEstimate(own, c, t3);
        }

        Store(y, s0, t0, tile, outputs);
        Store(y + yRowStride, s1, t1, tile, outputs);
        Store(y + (2 * yRowStride), s2, t2, tile, outputs);
        Store(y + (3 * yRowStride), s3, t3, tile, outputs);
    }

    private static void Rows1(float* y, float* z, int rank, byte* tile, int outputs)
    {
        Vector256<float> s = default, t = default;
        byte* levels = tile + ScaleBytes;
        for (int r = 0; r < rank; r++, levels += TileLayout.Outputs)
        {
            var own = Vector256.Create(z[r]);
            s = Vector256.MultiplyAddEstimate(own, Levels(levels), s);
            t = Vector256.MultiplyAddEstimate(own, Levels(levels + Vector256<float>.Count), t);
        }

        Store(y, s, t, tile, outputs);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Levels(byte* at)
    {
        if (Avx2.IsSupported)
        {
            return Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32((sbyte*)at));
        }

        var words = Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(long*)at).AsSByte());
        return Vector256.ConvertToSingle(Vector256.Create(Vector128.WidenLower(words), Vector128.WidenUpper(words)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* y, Vector256<float> s, Vector256<float> t, byte* tile, int outputs)
    {
        float* scales = (float*)tile;
        if (outputs == TileLayout.Outputs)
        {
            Vector256.MultiplyAddEstimate(s, Vector256.Load(scales), Vector256.Load(y)).Store(y);
            float* upper = y + Vector256<float>.Count;
            Vector256.MultiplyAddEstimate(t, Vector256.Load(scales + Vector256<float>.Count), Vector256.Load(upper)).Store(upper);
            return;
        }

        for (int output = 0; output < outputs; output++)
        {
            float sum = output < Vector256<float>.Count ? s[output] : t[output - Vector256<float>.Count];
            y[output] = float.MultiplyAddEstimate(sum, scales[output], y[output]);
        }
    }
}
