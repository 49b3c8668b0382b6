using System.Numerics.Tensors;

namespace Ratchet.Engine.Kernels;

/// <summary>Softmax of rows, safe for large numbers, and its gradient.</summary>
/// <remarks><code>p[j] = exp(x[j] - m) / Σ exp(x - m),   m = max x,   dx[j] = p[j] · (dp[j] - Σ dp · p)</code></remarks>
public static class SoftmaxKernel
{
    /// <summary>p = softmax(x); returns log Σ exp(x).</summary>
    /// <param name="p">Output; may be the memory of x.</param>
    /// <param name="x">One row, not empty.</param>
    public static float Forward(Span<float> p, ReadOnlySpan<float> x)
    {
        float max = Exponential.Max(x);
        float sum = (float)Exponential.Weights(p, x, max);
        TensorPrimitives.Multiply(p, 1f / sum, p);
        return max + MathF.Log(sum);
    }

    /// <summary>log Σ exp(x), by which log-probabilities come from logits: log p[j] = x[j] - this.</summary>
    /// <param name="x">One row, not empty.</param>
    public static float LogSumExp(ReadOnlySpan<float> x)
    {
        // In pieces on the stack: a row is the whole vocabulary, and the caller keeps its logits.
        const int Piece = 512;
        Span<float> part = stackalloc float[Piece];
        float max = Exponential.Max(x);
        double sum = 0;
        for (int start = 0; start < x.Length; start += Piece)
        {
            Span<float> into = part[..Math.Min(Piece, x.Length - start)];
            sum += Exponential.Weights(into, x.Slice(start, into.Length), max);
        }

        return max + (float)Math.Log(sum);
    }

    /// <summary>Adds the gradient of the input to <paramref name="dx"/>.</summary>
    /// <param name="dx">Added to.</param>
    /// <param name="dp">Gradient of the output.</param>
    /// <param name="p">The output of <see cref="Forward"/>.</param>
    public static void Backward(Span<float> dx, ReadOnlySpan<float> dp, ReadOnlySpan<float> p)
    {
        float shared = TensorPrimitives.Dot(dp, p);
        for (int j = 0; j < dx.Length; j++)
        {
            dx[j] += p[j] * (dp[j] - shared);
        }
    }
}
