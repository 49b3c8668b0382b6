using System.Numerics.Tensors;

namespace Ratchet.Engine.Kernels;

/// <summary>A factor for every column, as DoRA's magnitudes give it, and its gradient.</summary>
/// <remarks>
/// <code>y[i,j] = u[i,j] · g[j] + b[j],   du[i,j] = dy[i,j] · g[j],   dg[j] = Σ over i of dy[i,j] · u[i,j]</code>
/// Source: Liu et al. 2024, DoRA, https://arxiv.org/abs/2402.09353, eq. 5.
/// </remarks>
public static unsafe class GainKernel
{
    /// <summary>y = u · g + b, or y += with <paramref name="accumulate"/>.</summary>
    /// <param name="y">Output [rows, dim]; may be the memory of u.</param>
    /// <param name="u">Input [rows, dim].</param>
    /// <param name="gain">[dim].</param>
    /// <param name="bias">[dim], or null.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="dim">Columns.</param>
    /// <param name="accumulate">Adds to y in place of overwriting it.</param>
    public static void Forward(float* y, float* u, float* gain, float* bias, int rows, int dim, bool accumulate)
        => RowLoop.Run(rows, RowChunk.Rows(rows, 2L * dim), new ForwardBody(y, u, gain, bias, dim, accumulate));

    /// <summary>du = dy · g, and dGain += factor · Σ dy · u.</summary>
    /// <param name="du">Output [rows, dim].</param>
    /// <param name="dGain">Added to [dim].</param>
    /// <param name="dy">Gradient of the output [rows, dim].</param>
    /// <param name="u">Input of <see cref="Forward"/> [rows, dim].</param>
    /// <param name="gain">[dim].</param>
    /// <param name="factor">On each column's sum [dim].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="dim">Columns.</param>
    public static void Backward(float* du, float* dGain, float* dy, float* u, float* gain, float* factor, int rows, int dim)
    {
        RowLoop.Run(rows, RowChunk.Rows(rows, dim), new ForwardBody(du, dy, gain, null, dim, false));
        RowLoop.Run(dim, RowChunk.Rows(dim, 2L * rows), new GainBody(dGain, dy, u, factor, rows, dim));
    }

    private readonly struct ForwardBody(float* y, float* u, float* gain, float* bias, int dim, bool accumulate) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            var gains = new ReadOnlySpan<float>(gain, dim);
            for (int row = firstRow; row < endRow; row++)
            {
                var from = new ReadOnlySpan<float>(u + ((long)row * dim), dim);
                var into = new Span<float>(y + ((long)row * dim), dim);
                if (accumulate)
                {
                    TensorPrimitives.MultiplyAdd(from, gains, into, into);
                }
                else
                {
                    TensorPrimitives.Multiply(from, gains, into);
                }

                if (bias != null)
                {
                    TensorPrimitives.Add(into, new ReadOnlySpan<float>(bias, dim), into);
                }
            }
        }
    }

    // Over columns, so that each sum over the rows has one order whatever the thread count.
    private readonly struct GainBody(float* dGain, float* dy, float* u, float* factor, int rows, int dim) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            for (int j = firstRow; j < endRow; j++)
            {
                float sum = 0f;
                for (long row = 0; row < rows; row++)
                {
                    sum += dy[(row * dim) + j] * u[(row * dim) + j];
                }

                dGain[j] += factor[j] * sum;
            }
        }
    }
}
