using System.Runtime.Intrinsics;

namespace Ratchet.Engine.Kernels;

/// <summary>Keeps numbers within a bound, smoothly, and the gradient of that.</summary>
/// <remarks>
/// <code>y = c · tanh(x / c),   dx = dy · (1 - (y / c)²)</code>
/// Source: Gemma Team 2024, https://arxiv.org/abs/2408.00118, section 2, logit soft-capping.
/// </remarks>
public static unsafe class SoftCapKernel
{
    /// <summary>y = c · tanh(x / c), in place.</summary>
    /// <param name="x">In and out [rows, dim].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="dim">Columns.</param>
    /// <param name="cap">c, above 0.</param>
    public static void Forward(float* x, int rows, int dim, float cap)
        => RowLoop.Run(rows, RowChunk.Rows(rows, 4L * dim), new ForwardBody(x, dim, cap));

    /// <summary>dy becomes dx.</summary>
    /// <param name="dx">In: gradient of y; out: gradient of x [rows, dim].</param>
    /// <param name="y">As <see cref="Forward"/> left it [rows, dim].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="dim">Columns.</param>
    /// <param name="cap">c.</param>
    public static void Backward(float* dx, float* y, int rows, int dim, float cap)
        => RowLoop.Run(rows, RowChunk.Rows(rows, 2L * dim), new BackwardBody(dx, y, dim, cap));

    /// <summary>The forward formula on a run of numbers, on the caller's thread.</summary>
    internal static void Cap(float* x, int count, float cap)
    {
        float inverse = 2f / cap;
        int j = 0;
        for (int whole = VectorPath.Whole(count, 8); j < whole; j += 8)
        {
            Capped(Vector256.Load(x + j), inverse, cap).Store(x + j);
        }

        for (; j < count; j++)
        {
            // The vector's own digits: attention scores must not depend on where in a block they stand.
            x[j] = VectorPath.Width == VectorWidth.Plain
                ? cap * MathF.Tanh(x[j] / cap) : Capped(Vector256.Create(x[j]), inverse, cap)[0];
        }
    }

    // tanh(u) = 1 - 2 / (exp(2u) + 1)
    private static Vector256<float> Capped(Vector256<float> x, float inverse, float cap)
    {
        Vector256<float> e = Exponential.Exp(x * inverse);
        return (Vector256<float>.One - (Vector256.Create(2f) / (e + Vector256<float>.One))) * cap;
    }

    private readonly struct ForwardBody(float* x, int dim, float cap) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            for (int row = firstRow; row < endRow; row++)
            {
                Cap(x + ((long)row * dim), dim, cap);
            }
        }
    }

    private readonly struct BackwardBody(float* dx, float* y, int dim, float cap) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            for (long i = (long)firstRow * dim; i < (long)endRow * dim; i++)
            {
                float share = y[i] / cap;
                dx[i] *= 1f - (share * share);
            }
        }
    }
}
