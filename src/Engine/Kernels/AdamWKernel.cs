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
    /// <param name="step">Rates and the step's number.</param>
    public static void Step(float* parameters, float* gradients, float* firstMoments, float* secondMoments, int count, AdamWStep step)
        => RowLoop.Run(count, Chunk, new StepBody(parameters, gradients, firstMoments, secondMoments, step));

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

    private readonly struct StepBody(float* p, float* g, float* m, float* v, AdamWStep step) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
            => step.Apply(p + firstRow, g + firstRow, m + firstRow, v + firstRow, endRow - firstRow);
    }

    private readonly struct SquaresBody(float* values, double* partial) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            var lower = Vector256<double>.Zero;
            var upper = Vector256<double>.Zero;
            int whole = firstRow + VectorPath.Whole(endRow - firstRow, Vector256<float>.Count);
            int i = firstRow;
            for (; i < whole; i += Vector256<float>.Count)
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
