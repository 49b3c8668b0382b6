using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace Ratchet.Engine.Kernels;

/// <summary>Root-mean-square normalisation of each row, and its gradient.</summary>
/// <remarks>
/// <code>
/// r[i]   = 1 / sqrt(mean over j of x[i,j]² + ε)
/// y[i,j] = x[i,j] · r[i] · (w[j] + offset)
/// </code>
/// All matrices are row-major. Source: Zhang and Sennrich 2019, https://arxiv.org/abs/1910.07467, eq. 4.
/// </remarks>
public static unsafe class RmsNormKernel
{
    /// <summary>Computes <paramref name="y"/> from <paramref name="x"/>.</summary>
    /// <param name="y">Output [rows, dim]. May be the same memory as <paramref name="x"/>.</param>
    /// <param name="inverseRms">Output [rows], the r of the formula, kept for <see cref="Backward"/>; null where not needed.</param>
    /// <param name="x">Input [rows, dim].</param>
    /// <param name="weight">Gain [dim].</param>
    /// <param name="rows">Rows of x and y.</param>
    /// <param name="dim">Columns of x and y.</param>
    /// <param name="epsilon">ε, in the unit of x². 1e-5 for Llama 3, 1e-6 for Qwen 2.</param>
    /// <param name="offset">Added to every gain: 1 for Gemma, whose files hold what is beyond 1.</param>
    public static void Forward(
        float* y, float* inverseRms, float* x, float* weight, int rows, int dim, float epsilon, float offset = 0f)
        => RowLoop.Run(rows, RowChunk.Rows(rows, dim), new ForwardBody(y, inverseRms, x, weight, dim, epsilon, offset));

    /// <summary>Adds the gradients of the loss to <paramref name="dx"/> and <paramref name="dWeight"/>.</summary>
    /// <param name="dx">Added to, [rows, dim]; null where nobody asks for it.</param>
    /// <param name="dWeight">Added to, [dim]. Null when the weight is frozen.</param>
    /// <param name="dy">Gradient of the output, [rows, dim].</param>
    /// <param name="x">The input given to <see cref="Forward"/>, [rows, dim].</param>
    /// <param name="weight">Gain [dim].</param>
    /// <param name="inverseRms">As <see cref="Forward"/> left it, [rows].</param>
    /// <param name="rows">Rows of x and dy.</param>
    /// <param name="dim">Columns of x and dy.</param>
    /// <param name="offset">As given to <see cref="Forward"/>.</param>
    public static void Backward(
        float* dx, float* dWeight, float* dy, float* x, float* weight, float* inverseRms, int rows, int dim, float offset = 0f)
    {
        if (dx != null)
        {
            RowLoop.Run(rows, RowChunk.Rows(rows, 2L * dim), new BackwardBody(dx, dy, x, weight, inverseRms, dim, offset));
        }

        if (dWeight != null)
        {
            RowLoop.Run(dim, RowChunk.Rows(dim, rows), new WeightBody(dWeight, dy, x, inverseRms, rows, dim));
        }
    }

    /// <summary>The formulas as written, for tests.</summary>
    internal static void ForwardPlain(Span<float> y, ReadOnlySpan<float> x, ReadOnlySpan<float> weight, float epsilon)
    {
        double sum = 0;
        foreach (float value in x)
        {
            sum += (double)value * value;
        }

        double r = 1 / Math.Sqrt((sum / x.Length) + epsilon);
        for (int j = 0; j < x.Length; j++)
        {
            y[j] = (float)(x[j] * r * weight[j]);
        }
    }

    private readonly struct ForwardBody(float* y, float* inverseRms, float* x, float* weight, int dim, float epsilon, float offset)
        : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            for (int row = firstRow; row < endRow; row++)
            {
                float* yRow = y + ((long)row * dim);
                float r = 1f / MathF.Sqrt((SumOfSquares(x + ((long)row * dim)) / dim) + epsilon);
                if (inverseRms != null)
                {
                    inverseRms[row] = r;
                }

                int j = 0;
                int whole = VectorPath.Whole(dim, 8);
                float* xs = x + ((long)row * dim);
                var rs = Vector256.Create(r);
                var offsets = Vector256.Create(offset);
                for (; j < whole; j += 8)
                {
                    (Vector256.Load(xs + j) * rs * (Vector256.Load(weight + j) + offsets)).Store(yRow + j);
                }

                for (; j < dim; j++)
                {
                    yRow[j] = xs[j] * r * (weight[j] + offset);
                }
            }
        }

        private float SumOfSquares(float* xs)
        {
            if (VectorPath.Width != VectorWidth.Plain)
            {
                return TensorPrimitives.SumOfSquares(new ReadOnlySpan<float>(xs, dim));
            }

            float sum = 0f;
            for (int j = 0; j < dim; j++)
            {
                sum += xs[j] * xs[j];
            }

            return sum;
        }
    }

    private readonly struct BackwardBody(float* dx, float* dy, float* x, float* weight, float* inverseRms, int dim, float offset)
        : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            var offsets = Vector256.Create(offset);
            for (int row = firstRow; row < endRow; row++)
            {
                long at = (long)row * dim;
                float* xs = x + at;
                float* dys = dy + at;
                float* dxs = dx + at;
                float r = inverseRms[row];

                // r depends on every x of the row, so each dx gets a share of this one sum.
                var sums = Vector256<float>.Zero;
                int j = 0;
                int whole = VectorPath.Whole(dim, 8);
                for (; j < whole; j += 8)
                {
                    sums += Vector256.Load(dys + j) * (Vector256.Load(weight + j) + offsets) * Vector256.Load(xs + j);
                }

                float sum = Vector256.Sum(sums);
                for (; j < dim; j++)
                {
                    sum += dys[j] * (weight[j] + offset) * xs[j];
                }

                float shared = sum * r * r * r / dim;
                var sharedAll = Vector256.Create(shared);
                var rAll = Vector256.Create(r);
                for (j = 0; j < whole; j += 8)
                {
                    Vector256<float> own = Vector256.Load(dys + j) * (Vector256.Load(weight + j) + offsets) * rAll;
                    (Vector256.Load(dxs + j) + own - (Vector256.Load(xs + j) * sharedAll)).Store(dxs + j);
                }

                for (; j < dim; j++)
                {
                    dxs[j] += (dys[j] * (weight[j] + offset) * r) - (xs[j] * shared);
                }
            }
        }
    }

    // Over columns, so that each sum over the rows has one order whatever the thread count.
    private readonly struct WeightBody(float* dWeight, float* dy, float* x, float* inverseRms, int rows, int dim) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            for (int row = 0; row < rows; row++)
            {
                long at = (long)row * dim;
                for (int j = firstRow; j < endRow; j++)
                {
                    dWeight[j] += dy[at + j] * x[at + j] * inverseRms[row];
                }
            }
        }
    }
}
