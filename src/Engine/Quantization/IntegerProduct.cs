using Ratchet.Engine.Kernels;
using Ratchet.Engine.Quantization.Emitted;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Quantization;

/// <summary>y = x · Wᵀ in integers: rounds the activations, then shares the rows of tiles among the threads.</summary>
internal static unsafe class IntegerProduct
{
    // A chunk of rows of tiles must be worth the hand-over from one thread to another.
    private const long WorkPerChunk = 32 * 1024;
    private const int ChunksMax = 64;
    private const long RoundingInline = 16 * 1024;

    /// <summary>Computes y [rows, outputCount].</summary>
    public static void Run(float* y, float* x, int rows, WeightMatrix weight, int firstOutput, int outputCount, bool accumulate)
    {
        switch (weight.Type)
        {
            case ElementType.Q4_0:
                Run<Q4_0Form>(y, x, rows, weight, firstOutput, outputCount, accumulate);
                return;
            case ElementType.Q4_1:
                Run<Q4_1Form>(y, x, rows, weight, firstOutput, outputCount, accumulate);
                return;
            case ElementType.Q5_0:
                Run<Q5_0Form>(y, x, rows, weight, firstOutput, outputCount, accumulate);
                return;
            case ElementType.Q5_1:
                Run<Q5_1Form>(y, x, rows, weight, firstOutput, outputCount, accumulate);
                return;
            case ElementType.Q8_0:
                Run<Q8_0Form>(y, x, rows, weight, firstOutput, outputCount, accumulate);
                return;
            default:
                IntegerKernel.Product product = Round(x, rows, weight, outputCount, accumulate);
                byte* tiles = weight.Tiles + (firstOutput / TileLayout.Outputs * weight.TileRowBytes);
                RowLoop.Run(TileRows(outputCount), ChunkRows(rows, weight, outputCount), new WordBody(product, weight, tiles, y, outputCount));
                return;
        }
    }

    private static void Run<TForm>(float* y, float* x, int rows, WeightMatrix weight, int firstOutput, int outputCount, bool accumulate)
        where TForm : struct, IBlockForm
    {
        if (ByteCode<TForm>.IsUsed)
        {
            ByteProduct<TForm>.Run(y, x, rows, weight, firstOutput, outputCount, accumulate, ChunkRows(rows, weight, outputCount));
            return;
        }

        IntegerKernel.Product product = Round(x, rows, weight, outputCount, accumulate);
        byte* tiles = weight.Tiles + (firstOutput / TileLayout.Outputs * weight.TileRowBytes);
        RowLoop.Run(
            TileRows(outputCount), ChunkRows(rows, weight, outputCount), new Body<TForm>(product, tiles, weight.TileRowBytes, y, outputCount));
    }

    private static int TileRows(int outputCount) => (outputCount + TileLayout.Outputs - 1) / TileLayout.Outputs;

    private static int ChunkRows(int rows, WeightMatrix weight, int outputCount)
    {
        long work = Math.Max(1, (long)rows * weight.Inputs * TileLayout.Outputs);
        return (int)Math.Max((WorkPerChunk + work - 1) / work, (TileRows(outputCount) + ChunksMax - 1) / ChunksMax);
    }

    private static IntegerKernel.Product Round(float* x, int rows, WeightMatrix weight, int outputCount, bool accumulate)
    {
        var rounded = new RoundedRows(rows, weight.Inputs);
        var rounding = new Rounding(rounded, x);
        if ((long)rows * weight.Inputs <= RoundingInline)
        {
            rounding.Invoke(0, rows);
        }
        else
        {
            RowLoop.Run(rows, rounding);
        }

        return new IntegerKernel.Product
        {
            Numbers = rounded.Numbers,
            Scales = rounded.Scales,
            Sums = rounded.Sums,
            HalfSums = rounded.HalfSums,
            Rows = rows,
            BlockCount = rounded.BlockCount,
            YRowStride = outputCount,
            Accumulate = accumulate,
        };
    }

    private readonly struct Rounding(RoundedRows rows, float* x) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            for (int row = firstRow; row < endRow; row++)
            {
                rows.Round(row, x + ((long)row * rows.Inputs));
            }
        }
    }

    private readonly struct Body<TForm>(IntegerKernel.Product product, byte* tiles, long tileRowBytes, float* y, int outputCount) : IRowBody
        where TForm : struct, IBlockForm
    {
        public void Invoke(int firstRow, int endRow)
        {
            for (int row = firstRow; row < endRow; row++)
            {
                int output = row * TileLayout.Outputs;
                IntegerKernel.MultiplyRow<TForm>(
                    product, tiles + (row * tileRowBytes), y + output, Math.Min(TileLayout.Outputs, outputCount - output));
            }
        }
    }

    private readonly struct WordBody(IntegerKernel.Product product, WeightMatrix weight, byte* tiles, float* y, int outputCount) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            for (int row = firstRow; row < endRow; row++)
            {
                int output = row * TileLayout.Outputs;
                SubTileProduct.MultiplyRow(
                    weight.Type, product, tiles + (row * weight.TileRowBytes), y + output, Math.Min(TileLayout.Outputs, outputCount - output));
            }
        }
    }
}
