using System.Numerics.Tensors;

namespace Ratchet.Engine.Kernels;

/// <summary>Adds one row to every row.</summary>
public static unsafe class BiasKernel
{
    /// <summary>y[i,:] += bias.</summary>
    /// <param name="y">In and out [rows, dim].</param>
    /// <param name="bias">[dim].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="dim">Columns.</param>
    public static void Forward(float* y, float* bias, int rows, int dim)
        => RowLoop.Run(rows, RowChunk.Rows(rows, dim), new Body(y, bias, dim));

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
