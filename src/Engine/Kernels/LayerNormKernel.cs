using System.Runtime.Intrinsics;

namespace Ratchet.Engine.Kernels;

/// <summary>Normalisation of each row to mean 0 and variance 1, then gain and bias, and its gradient.</summary>
/// <remarks>
/// <code>
/// m[i] = mean of x[i,:],  r[i] = 1 / sqrt(mean of (x[i,:] - m[i])² + ε)
/// y[i,j] = (x[i,j] - m[i]) · r[i] · w[j] + b[j]
/// </code>
/// Source: Ba, Kiros and Hinton 2016, https://arxiv.org/abs/1607.06450, eq. 4.
/// </remarks>
public static unsafe partial class LayerNormKernel
{
    /// <summary>Computes <paramref name="y"/> from <paramref name="x"/>.</summary>
    /// <param name="y">Output [rows, dim]. May be the same memory as <paramref name="x"/>.</param>
    /// <param name="mean">Output [rows], m of the formula; null where no backward pass follows.</param>
    /// <param name="inverseDeviation">Output [rows], r of the formula; null where no backward pass follows.</param>
    /// <param name="x">Input [rows, dim].</param>
    /// <param name="weight">Gain [dim].</param>
    /// <param name="bias">Bias [dim].</param>
    /// <param name="rows">Rows of x and y.</param>
    /// <param name="dim">Columns of x and y.</param>
    /// <param name="epsilon">ε, in the unit of x². 1e-12 for BERT.</param>
    public static void Forward(
        float* y, float* mean, float* inverseDeviation, float* x, float* weight, float* bias, int rows, int dim, float epsilon)
        => RowLoop.Run(
            rows, RowChunk.Rows(rows, 2L * dim), new ForwardBody(y, mean, inverseDeviation, x, weight, bias, dim, epsilon));

    /// <summary>Adds the gradients of the loss to <paramref name="dx"/>, <paramref name="dWeight"/> and <paramref name="dBias"/>.</summary>
    /// <param name="dx">Added to, [rows, dim]; null where nobody asks for it.</param>
    /// <param name="dWeight">Added to, [dim]; null when gain and bias are frozen.</param>
    /// <param name="dBias">Added to, [dim]; null when gain and bias are frozen.</param>
    /// <param name="dy">Gradient of the output [rows, dim].</param>
    /// <param name="x">The input given to <see cref="Forward"/> [rows, dim].</param>
    /// <param name="weight">Gain [dim].</param>
    /// <param name="mean">As <see cref="Forward"/> left it [rows].</param>
    /// <param name="inverseDeviation">As <see cref="Forward"/> left it [rows].</param>
    /// <param name="rows">Rows of x and dy.</param>
    /// <param name="dim">Columns of x and dy.</param>
    public static void Backward(
        float* dx, float* dWeight, float* dBias, float* dy, float* x, float* weight, float* mean, float* inverseDeviation,
        int rows, int dim)
    {
        if (dx != null)
        {
            RowLoop.Run(rows, RowChunk.Rows(rows, 2L * dim), new BackwardBody(dx, dy, x, weight, mean, inverseDeviation, dim));
        }

        if (dWeight != null && dBias != null)
        {
            RowLoop.Run(dim, RowChunk.Rows(dim, rows), new WeightBody(dWeight, dBias, dy, x, mean, inverseDeviation, rows, dim));
        }
    }

    private readonly struct ForwardBody(
        float* y, float* mean, float* inverseDeviation, float* x, float* weight, float* bias, int dim, float epsilon) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            for (int row = firstRow; row < endRow; row++)
            {
                float* xs = x + ((long)row * dim);
                float* ys = y + ((long)row * dim);
                float m = Mean(xs);
                float r = 1f / MathF.Sqrt(Variance(xs, m) + epsilon);
                if (mean != null)
                {
                    mean[row] = m;
                    inverseDeviation[row] = r;
                }

                var ms = Vector256.Create(m);
                var rs = Vector256.Create(r);
                int j = 0;
                int whole = VectorPath.Whole(dim, 8);
                for (; j < whole; j += 8)
                {
                    (((Vector256.Load(xs + j) - ms) * rs * Vector256.Load(weight + j)) + Vector256.Load(bias + j)).Store(ys + j);
                }

                for (; j < dim; j++)
                {
                    ys[j] = ((xs[j] - m) * r * weight[j]) + bias[j];
                }
            }
        }

        private float Mean(float* xs)
        {
            var sums = Vector256<float>.Zero;
            int j = 0;
            int whole = VectorPath.Whole(dim, 8);
            for (; j < whole; j += 8)
            {
                sums += Vector256.Load(xs + j);
            }

            float sum = Vector256.Sum(sums);
            for (; j < dim; j++)
            {
                sum += xs[j];
            }

            return sum / dim;
        }

        // In a second pass: E[x²] - E[x]² loses its digits where the mean is large.
        private float Variance(float* xs, float m)
        {
            var ms = Vector256.Create(m);
            var sums = Vector256<float>.Zero;
            int j = 0;
            int whole = VectorPath.Whole(dim, 8);
            for (; j < whole; j += 8)
            {
                Vector256<float> d = Vector256.Load(xs + j) - ms;
                sums += d * d;
            }

            float sum = Vector256.Sum(sums);
            for (; j < dim; j++)
            {
                sum += (xs[j] - m) * (xs[j] - m);
            }

            return sum / dim;
        }
    }

    private readonly struct BackwardBody(
        float* dx, float* dy, float* x, float* weight, float* mean, float* inverseDeviation, int dim) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            for (int row = firstRow; row < endRow; row++)
            {
                long at = (long)row * dim;
                float m = mean[row];
                float r = inverseDeviation[row];

                // Mean and deviation depend on every x of the row: two shared sums.
                float sum = 0f;
                float sumWithX = 0f;
                for (int j = 0; j < dim; j++)
                {
                    float own = dy[at + j] * weight[j];
                    sum += own;
                    sumWithX += own * (x[at + j] - m) * r;
                }

                for (int j = 0; j < dim; j++)
                {
                    float normal = (x[at + j] - m) * r;
                    dx[at + j] += r * ((dy[at + j] * weight[j]) - ((sum + (normal * sumWithX)) / dim));
                }
            }
        }
    }

    // Over columns, so that each sum over the rows has one order whatever the thread count.
    private readonly struct WeightBody(
        float* dWeight, float* dBias, float* dy, float* x, float* mean, float* inverseDeviation, int rows, int dim) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            for (int row = 0; row < rows; row++)
            {
                long at = (long)row * dim;
                for (int j = firstRow; j < endRow; j++)
                {
                    dWeight[j] += dy[at + j] * (x[at + j] - mean[row]) * inverseDeviation[row];
                    dBias[j] += dy[at + j];
                }
            }
        }
    }
}
