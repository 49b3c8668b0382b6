using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ratchet.Engine.Kernels;

public static unsafe partial class LayerNormKernel
{
    /// <summary>x = norm(x + added), and the same rounded to bfloat16 for the products that follow: one pass in place of three.</summary>
    /// <param name="x">In and out [rows, dim].</param>
    /// <param name="rounded">Output [rows, padded]; null where no product follows.</param>
    /// <param name="padded">Numbers from row to row of it; those past dim are left alone.</param>
    /// <param name="added">The bias of what was added to x last [dim], or null.</param>
    /// <param name="weight">Gain [dim].</param>
    /// <param name="bias">Bias [dim].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="dim">Columns.</param>
    /// <param name="epsilon">ε.</param>
    internal static void ForwardRounded(
        float* x, ushort* rounded, int padded, float* added, float* weight, float* bias, int rows, int dim, float epsilon)
        => RowLoop.Run(rows, RowChunk.Rows(rows, 2L * dim), new RoundedBody(x, rounded, padded, added, weight, bias, dim, epsilon));

    private readonly struct RoundedBody(
        float* x, ushort* rounded, int padded, float* added, float* weight, float* bias, int dim, float epsilon) : IRowBody
    {
        private const int Lanes = 16;

        public void Invoke(int firstRow, int endRow)
        {
            for (int row = firstRow; row < endRow; row++)
            {
                OneRow(x + ((long)row * dim), rounded == null ? null : rounded + ((long)row * padded));
            }
        }

        private void OneRow(float* xs, ushort* into)
        {
            int whole = dim - (dim % Lanes);
            float mean = Sum(xs, whole) / dim;
            float inverse = 1f / MathF.Sqrt((SquaredDistance(xs, whole, mean) / dim) + epsilon);
            var means = Vector512.Create(mean);
            var inverses = Vector512.Create(inverse);
            for (int j = 0; j < whole; j += Lanes)
            {
                Vector512<float> y = ((Vector512.Load(xs + j) - means) * inverses * Vector512.Load(weight + j)) + Vector512.Load(bias + j);
                y.Store(xs + j);
                if (into != null)
                {
                    Avx512F.ConvertToVector256UInt16(Bfloat16Kernel.Round(y) >> 16).Store(into + j);
                }
            }

            for (int j = whole; j < dim; j++)
            {
                xs[j] = ((xs[j] - mean) * inverse * weight[j]) + bias[j];
                if (into != null)
                {
                    into[j] = (ushort)(Bfloat16Kernel.Round(xs[j]) >> 16);
                }
            }
        }

        // Adds the bias on the way. The rows were written by all threads, a piece each: the one after next is called for before it is needed.
        private float Sum(float* xs, int whole)
        {
            Vector512<float> sums = default;
            for (int j = 0; j < whole; j += Lanes)
            {
                Sse.Prefetch0(xs + (2L * dim) + j);
                var value = Vector512.Load(xs + j);
                if (added != null)
                {
                    value += Vector512.Load(added + j);
                    value.Store(xs + j);
                }

                sums += value;
            }

            float sum = Vector512.Sum(sums);
            for (int j = whole; j < dim; j++)
            {
                xs[j] += added == null ? 0f : added[j];
                sum += xs[j];
            }

            return sum;
        }

        private float SquaredDistance(float* xs, int whole, float mean)
        {
            var means = Vector512.Create(mean);
            Vector512<float> sums = default;
            for (int j = 0; j < whole; j += Lanes)
            {
                Vector512<float> distance = Vector512.Load(xs + j) - means;
                sums += distance * distance;
            }

            float sum = Vector512.Sum(sums);
            for (int j = whole; j < dim; j++)
            {
                sum += (xs[j] - mean) * (xs[j] - mean);
            }

            return sum;
        }
    }
}
