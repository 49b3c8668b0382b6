using System.Numerics.Tensors;

namespace Ratchet.Engine.Kernels;

/// <summary>Adds one row to every row, and the gradient of that row.</summary>
public static unsafe class BiasKernel
{
    /// <summary>y[i,:] += bias.</summary>
    /// <param name="y">In and out [rows, dim].</param>
    /// <param name="bias">[dim].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="dim">Columns.</param>
    public static void Forward(float* y, float* bias, int rows, int dim)
        => RowLoop.Run(rows, RowChunk.Rows(rows, dim), new Body(y, bias, dim));

    /// <summary>dBias += Σ over the rows of dy.</summary>
    /// <param name="dBias">Added to [dim].</param>
    /// <param name="dy">Gradient of the output [rows, dim].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="dim">Columns.</param>
    public static void Backward(float* dBias, float* dy, int rows, int dim)
        => RowLoop.Run(dim, RowChunk.Rows(dim, rows), new BackwardBody(dBias, dy, rows, dim));

    // Over columns, so that each sum over the rows has one order whatever the thread count.
    private readonly struct BackwardBody(float* dBias, float* dy, int rows, int dim) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            var into = new Span<float>(dBias + firstRow, endRow - firstRow);
            for (int row = 0; row < rows; row++)
            {
                TensorPrimitives.Add(into, new ReadOnlySpan<float>(dy + ((long)row * dim) + firstRow, into.Length), into);
            }
        }
    }

    private readonly struct Body(float* y, float* bias, int dim) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            for (int row = firstRow; row < endRow; row++)
            {
                var into = new Span<float>(y + ((long)row * dim), dim);
                TensorPrimitives.Add(into, new ReadOnlySpan<float>(bias, dim), into);
            }
        }
    }
}
