using System.Runtime.Intrinsics;

namespace Ratchet.Engine.Kernels;

/// <summary>The Gaussian error linear unit in its exact form, and its gradient.</summary>
/// <remarks>
/// <code>y = x · Φ(x),   Φ(x) = (1 + erf(x / √2)) / 2,   y' = Φ(x) + x · φ(x)</code>
/// Source: Hendrycks and Gimpel 2016, https://arxiv.org/abs/1606.08415. erf by Abramowitz and Stegun 7.1.26, whose error is below 1.5e-7.
/// </remarks>
public static unsafe class GeluKernel
{
    private const float InverseSqrt2 = 0.70710678f;
    private const float InverseSqrt2Pi = 0.39894228f;

    /// <summary>y = gelu(x).</summary>
    /// <param name="y">Output [rows, dim]; may be the memory of x.</param>
    /// <param name="x">Input [rows, dim].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="dim">Columns.</param>
    public static void Forward(float* y, float* x, int rows, int dim)
        => RowLoop.Run(rows, RowChunk.Rows(rows, 6L * dim), new ForwardBody(y, x, dim));

    /// <summary>dx += dy · gelu'(x).</summary>
    /// <param name="dx">Added to [rows, dim].</param>
    /// <param name="dy">Gradient of the output [rows, dim].</param>
    /// <param name="x">Input [rows, dim].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="dim">Columns.</param>
    public static void Backward(float* dx, float* dy, float* x, int rows, int dim)
        => RowLoop.Run(rows, RowChunk.Rows(rows, 6L * dim), new BackwardBody(dx, dy, x, dim));

    // Φ(x): for x below 0 by symmetry, so that the small value is not the rest of a subtraction from 1.
    internal static Vector256<float> Cumulative(Vector256<float> x)
    {
        Vector256<float> z = Vector256.Abs(x) * InverseSqrt2;
        Vector256<float> t = Vector256<float>.One / (Vector256<float>.One + (z * 0.3275911f));
        Vector256<float> poly = (((((((t * 1.061405429f) - Vector256.Create(1.453152027f)) * t) + Vector256.Create(1.421413741f)) * t)
            - Vector256.Create(0.284496736f)) * t) + Vector256.Create(0.254829592f);
        Vector256<float> tail = poly * t * Exponential.Exp(-(z * z)) * 0.5f;
        return Vector256.ConditionalSelect(Vector256.LessThan(x, Vector256<float>.Zero), tail, Vector256<float>.One - tail);
    }

    /// <summary>Φ(x) of one number: the reference, and what row ends take.</summary>
    internal static float Cumulative(float x)
    {
        float z = MathF.Abs(x) * InverseSqrt2;
        float t = 1f / (1f + (z * 0.3275911f));
        float poly = (((((((t * 1.061405429f) - 1.453152027f) * t) + 1.421413741f) * t) - 0.284496736f) * t) + 0.254829592f;
        float tail = poly * t * MathF.Exp(-(z * z)) * 0.5f;
        return x < 0f ? tail : 1f - tail;
    }

    /// <summary>gelu'(x) of one number.</summary>
    internal static float Slope(float x) => Cumulative(x) + (x * MathF.Exp(x * x * -0.5f) * InverseSqrt2Pi);

    /// <summary>gelu'(x).</summary>
    internal static Vector256<float> Slope(Vector256<float> x)
        => Cumulative(x) + (x * Exponential.Exp(x * x * -0.5f) * InverseSqrt2Pi);

    private readonly struct ForwardBody(float* y, float* x, int dim) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            for (int row = firstRow; row < endRow; row++)
            {
                float* xs = x + ((long)row * dim);
                float* ys = y + ((long)row * dim);
                int j = 0;
                int whole = VectorPath.Whole(dim, 8);
                for (; j < whole; j += 8)
                {
                    var v = Vector256.Load(xs + j);
                    (v * Cumulative(v)).Store(ys + j);
                }

                for (; j < dim; j++)
                {
                    ys[j] = xs[j] * Cumulative(xs[j]);
                }
            }
        }
    }

    private readonly struct BackwardBody(float* dx, float* dy, float* x, int dim) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            for (int row = firstRow; row < endRow; row++)
            {
                long at = (long)row * dim;
                int j = 0;
                int whole = VectorPath.Whole(dim, 8);
                for (; j < whole; j += 8)
                {
                    Vector256<float> slope = Slope(Vector256.Load(x + at + j));
                    (Vector256.Load(dx + at + j) + (Vector256.Load(dy + at + j) * slope)).Store(dx + at + j);
                }

                for (; j < dim; j++)
                {
                    dx[at + j] += dy[at + j] * Slope(x[at + j]);
                }
            }
        }
    }
}
