using Ratchet.Engine.Quantization.Emitted;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Quantization;

/// <summary>An adapter's B in bytes with a scale for each output, and the product y += z · Bᵀ with it.</summary>
/// <remarks>
/// Outputs lie in tiles of 16, as those of the weight that the adapter belongs to:
/// <code>
/// | ranks by twos, as many as a multiple of four: 16 outputs x 2 signed bytes | 16 scales F32 |
/// </code>
/// </remarks>
public sealed unsafe class ExpansionMatrix : IDisposable
{
    /// <summary>The largest byte, either sign.</summary>
    internal const int LevelMax = 127;

    private const int ScaleBytes = TileLayout.Outputs * sizeof(float);

    private readonly NativeBuffer _tiles;

    /// <summary>Rounds a factor.</summary>
    /// <param name="b">B transposed [rank, outputs].</param>
    /// <param name="rank">Its rows.</param>
    /// <param name="outputs">Its columns.</param>
    public ExpansionMatrix(float* b, int rank, int outputs)
    {
        Rank = rank;
        int tiles = (outputs + TileLayout.Outputs - 1) / TileLayout.Outputs;
        TileBytes = TileBytesOf(rank);
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

    /// <summary>y += z · Bᵀ for consecutive outputs.</summary>
    /// <param name="y">Added to: the first of the outputs in the first row.</param>
    /// <param name="yRowStride">Numbers from row to row of y.</param>
    /// <param name="z">Rows of <see cref="ExpansionRows"/>.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="rank">Numbers of a row of z.</param>
    /// <param name="tile">The first of their tiles.</param>
    /// <param name="outputs">Outputs wanted.</param>
    internal static void Add(float* y, int yRowStride, byte* z, int rows, int rank, byte* tile, int outputs)
    {
        if (ExpansionCode.IsUsed)
        {
            ExpansionCode.Run(y, yRowStride, z, rows, rank, tile, outputs);
            return;
        }

        for (int output = 0; output < outputs; output += TileLayout.Outputs, tile += TileBytesOf(rank))
        {
            ExpansionKernel.Add(y + output, yRowStride, z, rows, rank, tile, Math.Min(TileLayout.Outputs, outputs - output));
        }
    }

    /// <summary>Bytes of a tile.</summary>
    internal static int TileBytesOf(int rank) => (ExpansionRows.Padded(rank) * TileLayout.Outputs) + ScaleBytes;

    // Row by row of B transposed, which lies in memory so. An output of zeros has scale 0, and levels of 0.
    private void Fill(byte* tile, float* b, int stride, int outputs)
    {
        float* scales = (float*)(tile + TileBytes - ScaleBytes);
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

        for (int r = 0; r < Rank; r++)
        {
            sbyte* levels = (sbyte*)tile + (r / 2 * ExpansionKernel.PairBytes) + (r % 2);
            for (int lane = 0; lane < outputs; lane++)
            {
                levels[2 * lane] = (sbyte)MathF.Round(b[((long)r * stride) + lane] * inverses[lane], MidpointRounding.ToEven);
            }
        }
    }
}
