using System.Numerics.Tensors;

namespace Ratchet.Engine.Kernels;

/// <summary>Negative log-likelihood of target tokens under the softmax of logits, fused with its gradient.</summary>
/// <remarks>
/// <code>
/// nll[i] = log Σ exp(x[i,:]) - x[i, target[i]],   dx[i,j] = scale · (p[i,j] - [j = target[i]])
/// smoothed: (1 - e) · nll[i] + e · mean over j of (log Σ exp(x[i,:]) - x[i,j]),   dx[i,j] = scale · (p[i,j] - (1 - e)·[j = target[i]] - e / vocabulary)
/// </code>
/// Smoothing: Szegedy et al. 2015, https://arxiv.org/abs/1512.00567, section 7.
/// Callers go through the rows in chunks, so that logits of all tokens never exist at once.
/// </remarks>
public static unsafe class CrossEntropyKernel
{
    /// <summary>A target that counts in no loss; its gradient is zero. PyTorch's ignore_index.</summary>
    public const int IgnoredTarget = -100;

    /// <summary>The loss of each row; logits stay as they are.</summary>
    /// <param name="losses">Output [rows]; 0 where the target is ignored.</param>
    /// <param name="logits">[rows, vocabulary].</param>
    /// <param name="targets">[rows].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="vocabulary">Columns.</param>
    public static void Forward(float* losses, float* logits, int* targets, int rows, int vocabulary)
        => RowLoop.Run(rows, RowChunk.Rows(rows, 2L * vocabulary), new Body(losses, logits, targets, vocabulary, 0f, null, 0f, false));

    /// <summary>The loss of each row, and the gradient of scale · Σ losses over the logits' memory.</summary>
    /// <param name="losses">Output [rows]; 0 where the target is ignored.</param>
    /// <param name="logits">In: logits; out: their gradient [rows, vocabulary].</param>
    /// <param name="targets">[rows].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="vocabulary">Columns.</param>
    /// <param name="scale">One over the targets of the whole step.</param>
    /// <param name="smoothing">e, the share of a target that is spread over the vocabulary, in [0, 1).</param>
    /// <param name="scales">A further factor for each row, or null.</param>
    public static void ForwardBackward(
        float* losses, float* logits, int* targets, int rows, int vocabulary, float scale, float smoothing = 0f, float* scales = null)
        => RowLoop.Run(
            rows, RowChunk.Rows(rows, 3L * vocabulary), new Body(losses, logits, targets, vocabulary, scale, scales, smoothing, true));

    private readonly struct Body(
        float* losses, float* logits, int* targets, int vocabulary, float scale, float* scales, float smoothing, bool hasGradient)
        : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            for (int row = firstRow; row < endRow; row++)
            {
                var x = new Span<float>(logits + ((long)row * vocabulary), vocabulary);
                int target = targets[row];
                if (target < 0)
                {
                    losses[row] = 0f;
                    if (hasGradient)
                    {
                        x.Clear();
                    }

                    continue;
                }

                float targetLogit = x[target];
                if (!hasGradient)
                {
                    losses[row] = SoftmaxKernel.LogSumExp(x) - targetLogit;
                    continue;
                }

                float factor = scales == null ? scale : scale * scales[row];
                float mean = smoothing == 0f ? 0f : TensorPrimitives.Sum<float>(x) / vocabulary;
                float max = Exponential.Max(x);
                float sum = (float)Exponential.Weights(x, x, max);
                TensorPrimitives.Multiply(x, factor / sum, x);
                x[target] -= factor * (1f - smoothing);
                float logSum = max + MathF.Log(sum);
                losses[row] = logSum - targetLogit;
                if (smoothing != 0f)
                {
                    TensorPrimitives.Subtract(x, factor * smoothing / vocabulary, x);
                    losses[row] = ((1f - smoothing) * (logSum - targetLogit)) + (smoothing * (logSum - mean));
                }
            }
        }
    }
}
