using System.Runtime.Intrinsics;

namespace Ratchet.Engine.Kernels;

/// <summary>One step of AdamW on a run of parameters, and the norm of their gradients.</summary>
/// <remarks>
/// <code>
/// p -= η·λ·p
/// m  = β₁·m + (1 - β₁)·g,   v = β₂·v + (1 - β₂)·g²
/// p -= η·(m / (1 - β₁ᵗ)) / (√v / √(1 - β₂ᵗ) + ε)
/// </code>
/// Source: Loshchilov and Hutter 2017, https://arxiv.org/abs/1711.05101, algorithm 2; ε after the correction of the root, as PyTorch has it.
/// </remarks>
public static unsafe class AdamWKernel
{
    private const int Chunk = 8192;

    /// <summary>Moves parameters by one step.</summary>
    /// <param name="parameters">p, in and out [count].</param>
    /// <param name="gradients">g [count].</param>
    /// <param name="firstMoments">m, in and out [count].</param>
    /// <param name="secondMoments">v, in and out [count].</param>
    /// <param name="count">Numbers.</param>
    /// <param name="gradientScale">Factor on g: below 1 where gradients are clipped.</param>
    /// <param name="learningRate">η.</param>
    /// <param name="beta1">β₁.</param>
    /// <param name="beta2">β₂.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="weightDecay">λ.</param>
    /// <param name="step">t, from 1.</param>
    public static void Step(
        float* parameters, float* gradients, float* firstMoments, float* secondMoments, int count, float gradientScale,
        float learningRate, float beta1, float beta2, float epsilon, float weightDecay, int step)
    {
        double correction1 = 1 - Math.Pow(beta1, step);
        double correction2 = 1 - Math.Pow(beta2, step);
        RowLoop.Run(
            count, Chunk,
            new StepBody(
                parameters, gradients, firstMoments, secondMoments, gradientScale, beta1, beta2, epsilon,
                1f - (learningRate * weightDecay), (float)(learningRate / correction1), (float)(1 / Math.Sqrt(correction2))));
    }

    /// <summary>Σ g², summed in fixed chunks so that the thread count does not change its bits.</summary>
    /// <param name="values">[count].</param>
    /// <param name="count">Numbers.</param>
    /// <param name="partial">Working memory, one number for every 8,192 values begun: see <see cref="PartialCount"/>.</param>
    public static double SumOfSquares(float* values, int count, double* partial)
    {
        RowLoop.Run(count, Chunk, new SquaresBody(values, partial));
        double sum = 0;
        for (int i = 0; i < PartialCount(count); i++)
        {
            sum += partial[i];
        }

        return sum;
    }

    /// <summary>Numbers of working memory that <see cref="SumOfSquares"/> needs.</summary>
    /// <param name="count">Numbers to sum.</param>
    public static int PartialCount(int count) => (count + Chunk - 1) / Chunk;

    private readonly struct StepBody(
        float* p, float* g, float* m, float* v, float scale, float beta1, float beta2, float epsilon,
        float keep, float rate, float rootScale) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            int i = firstRow;
            for (; i <= endRow - 8; i += 8)
            {
                Vector256<float> gradient = Vector256.Load(g + i) * scale;
                Vector256<float> first = (Vector256.Load(m + i) * beta1) + (gradient * (1f - beta1));
                Vector256<float> second = (Vector256.Load(v + i) * beta2) + (gradient * gradient * (1f - beta2));
                first.Store(m + i);
                second.Store(v + i);
                Vector256<float> denominator = (Vector256.Sqrt(second) * rootScale) + Vector256.Create(epsilon);
                ((Vector256.Load(p + i) * keep) - (first * rate / denominator)).Store(p + i);
            }

            for (; i < endRow; i++)
            {
                float gradient = g[i] * scale;
                m[i] = (m[i] * beta1) + (gradient * (1f - beta1));
                v[i] = (v[i] * beta2) + (gradient * gradient * (1f - beta2));
                p[i] = (p[i] * keep) - (m[i] * rate / ((MathF.Sqrt(v[i]) * rootScale) + epsilon));
            }
        }
    }

    private readonly struct SquaresBody(float* values, double* partial) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            var lower = Vector256<double>.Zero;
            var upper = Vector256<double>.Zero;
            int i = firstRow;
            for (; i <= endRow - 8; i += 8)
            {
                (Vector256<double> a, Vector256<double> b) = Vector256.Widen(Vector256.Load(values + i));
                lower += a * a;
                upper += b * b;
            }

            double sum = Vector256.Sum(lower + upper);
            for (; i < endRow; i++)
            {
                sum += (double)values[i] * values[i];
            }

            partial[firstRow / Chunk] = sum;
        }
    }
}
