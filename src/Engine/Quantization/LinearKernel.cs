using System.Numerics.Tensors;
using Ratchet.Engine.Kernels;

namespace Ratchet.Engine.Quantization;

/// <summary>Products of activations with a <see cref="WeightMatrix"/>, and their gradients with respect to the activations.</summary>
/// <remarks>
/// <code>
/// y[i,o]   = Σ over j of x[i,j] · w[o,j]
/// dx[i,j] += Σ over o of dy[i,o] · w[o,j]
/// </code>
/// A row of the result does not depend on the other rows, nor on the thread count.
/// </remarks>
public static unsafe class LinearKernel
{
    /// <summary>y = x · wᵀ, or y += with <paramref name="accumulate"/>.</summary>
    /// <param name="y">Output [rows, outputs]; not the memory of x.</param>
    /// <param name="x">Input [rows, inputs].</param>
    /// <param name="rows">Rows of x and y.</param>
    /// <param name="weight">Weight [outputs, inputs].</param>
    /// <param name="accumulate">Adds to y in place of overwriting it.</param>
    /// <param name="precision">In which numbers to compute.</param>
    public static void Forward(
        float* y, float* x, int rows, WeightMatrix weight, bool accumulate = false, Precision precision = Precision.Float32)
        => Forward(y, x, rows, weight, 0, weight.Outputs, accumulate, precision);

    /// <summary>As the other, for some consecutive outputs only: y [rows, outputCount] has no columns for the others.</summary>
    /// <param name="y">Output [rows, outputCount]; not the memory of x.</param>
    /// <param name="x">Input [rows, inputs].</param>
    /// <param name="rows">Rows of x and y.</param>
    /// <param name="weight">Weight [outputs, inputs].</param>
    /// <param name="firstOutput">The output that column 0 of y holds. A multiple of 16 is fastest.</param>
    /// <param name="outputCount">Columns of y.</param>
    /// <param name="accumulate">Adds to y in place of overwriting it.</param>
    /// <param name="precision">In which numbers to compute.</param>
    /// <exception cref="ArgumentOutOfRangeException">The weight does not have these outputs.</exception>
    public static void Forward(
        float* y, float* x, int rows, WeightMatrix weight, int firstOutput, int outputCount, bool accumulate, Precision precision)
    {
        CheckOutputs(weight, firstOutput, outputCount);
        _ = precision;
        float[] row = new float[weight.Inputs];
        for (int o = 0; o < outputCount; o++)
        {
            weight.DequantizeRow(firstOutput + o, row);
            for (int i = 0; i < rows; i++)
            {
                float sum = TensorPrimitives.Dot(new ReadOnlySpan<float>(x + ((long)i * row.Length), row.Length), row);
                float* at = y + ((long)i * outputCount) + o;
                *at = accumulate ? *at + sum : sum;
            }
        }
    }

    /// <summary>dx += dy · w.</summary>
    /// <param name="dx">Added to, [rows, inputs].</param>
    /// <param name="dy">Gradient of the output [rows, outputs].</param>
    /// <param name="rows">Rows of dx and dy.</param>
    /// <param name="weight">Weight [outputs, inputs].</param>
    public static void BackwardInput(float* dx, float* dy, int rows, WeightMatrix weight)
        => BackwardInput(dx, dy, rows, weight, 0, weight.Outputs);

    /// <summary>As the other, for some consecutive outputs only: dy [rows, outputCount] has no columns for the others.</summary>
    /// <param name="dx">Added to, [rows, inputs].</param>
    /// <param name="dy">Gradient of these outputs [rows, outputCount].</param>
    /// <param name="rows">Rows of dx and dy.</param>
    /// <param name="weight">Weight [outputs, inputs].</param>
    /// <param name="firstOutput">The output that column 0 of dy belongs to. A multiple of 16 is fastest.</param>
    /// <param name="outputCount">Columns of dy.</param>
    /// <exception cref="ArgumentOutOfRangeException">The weight does not have these outputs.</exception>
    public static void BackwardInput(float* dx, float* dy, int rows, WeightMatrix weight, int firstOutput, int outputCount)
    {
        CheckOutputs(weight, firstOutput, outputCount);
        float[] row = new float[weight.Inputs];
        for (int o = 0; o < outputCount; o++)
        {
            weight.DequantizeRow(firstOutput + o, row);
            for (int i = 0; i < rows; i++)
            {
                var into = new Span<float>(dx + ((long)i * row.Length), row.Length);
                TensorPrimitives.MultiplyAdd(row, dy[((long)i * outputCount) + o], into, into);
            }
        }
    }

    private static void CheckOutputs(WeightMatrix weight, int firstOutput, int outputCount)
    {
        if (firstOutput < 0 || outputCount < 0 || (long)firstOutput + outputCount > weight.Outputs)
        {
            throw new ArgumentOutOfRangeException(
                nameof(firstOutput), $"Outputs {firstOutput} to {(long)firstOutput + outputCount} were asked for; the weight has {weight.Outputs}.");
        }
    }
}
