using Ratchet.Engine.Kernels;
using Ratchet.Engine.Kernels.Emitted;

namespace Ratchet.Engine.Quantization.Emitted;

/// <summary>The routines of <see cref="ExpansionRoutine"/>, placed in memory when first used.</summary>
internal static unsafe class ExpansionCode
{
    // By rows, then whether all outputs exist.
    private static readonly nint[] Routines = ProcessorUnits.HasByteDot
        ? ExecutableMemory.PlaceAll([.. Enumerable.Range(0, 2 * ExpansionRoutine.RowsMax).Select(i => ExpansionRoutine.Emit((i / 2) + 1, (i & 1) != 0))])
        : [];

    /// <summary>Whether products with an adapter's B run on emitted code.</summary>
    public static bool IsUsed => MatrixPath.HasByteDot && Routines.Length > 0;

    /// <summary>As <see cref="ExpansionMatrix.Add"/>.</summary>
    public static void Run(float* y, int yRowStride, byte* z, int rows, int rank, byte* tile, int outputs)
    {
        int whole = outputs / TileLayout.Outputs;
        int rest = outputs % TileLayout.Outputs;
        for (int row = 0; row < rows; row += ExpansionRoutine.RowsMax)
        {
            int count = Math.Min(ExpansionRoutine.RowsMax, rows - row);
            var call = new ExpansionRoutine.Call
            {
                Product = ProductOf(z, row, rank, tile),
                TileCount = whole,
                Y = y + ((long)row * yRowStride),
                YRowBytes = (nint)yRowStride * sizeof(float),
                OutputMask = (1 << rest) - 1,
            };
            if (whole > 0)
            {
                Run(&call, count, isWhole: true);
            }

            if (rest > 0)
            {
                call.Product.Tile = tile + ((long)whole * ExpansionMatrix.TileBytesOf(rank));
                call.TileCount = 1;
                Run(&call, count, isWhole: false);
            }
        }
    }

    /// <summary>What a routine multiplies.</summary>
    /// <param name="z">Rows of <see cref="ExpansionRows"/>.</param>
    /// <param name="row">Which of them comes first.</param>
    /// <param name="rank">Numbers of a row.</param>
    /// <param name="tile">The tile.</param>
    public static ExpansionRoutine.Product ProductOf(byte* z, int row, int rank, byte* tile)
    {
        int rowBytes = ExpansionRows.RowBytes(rank);
        return new ExpansionRoutine.Product
        {
            Tile = tile,
            Z = z + ((long)row * rowBytes),
            ZRowBytes = rowBytes,
            StepCount = ExpansionRows.Padded(rank) / ExpansionRows.RanksTogether,
        };
    }

    private static void Run(ExpansionRoutine.Call* call, int rows, bool isWhole)
        => ((delegate* unmanaged[SuppressGCTransition]<ExpansionRoutine.Call*, void>)Routines[((rows - 1) * 2) + (isWhole ? 1 : 0)])(call);
}
