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
    /// <param name="firstOutput">The output that column 0 of y holds. A multiple of 16.</param>
    /// <param name="outputCount">Columns of y.</param>
    /// <param name="accumulate">Adds to y in place of overwriting it.</param>
    /// <param name="precision">In which numbers to compute.</param>
    /// <exception cref="ArgumentOutOfRangeException">The weight does not have these outputs, or they begin inside a tile.</exception>
    public static void Forward(
        float* y, float* x, int rows, WeightMatrix weight, int firstOutput, int outputCount, bool accumulate, Precision precision)
        => Forward(y, x, rows, weight, firstOutput, outputCount, accumulate, precision, default);

    /// <summary>As the other, and y += term.</summary>
    /// <remarks><paramref name="rounded"/> is x in bfloat16 as <see cref="Bfloat16Product.Rounded"/> has it, or null.</remarks>
    internal static void Forward(
        float* y, float* x, int rows, WeightMatrix weight, int firstOutput, int outputCount, bool accumulate, Precision precision, in LowRankTerm term,
        ushort* rounded = null)
    {
        CheckOutputs(weight, firstOutput, outputCount);
        if (precision == Precision.Int8 && term.Rank == 0 && IntegerProduct.CanMultiply(weight))
        {
            IntegerProduct.Run(x, rows, weight.Inputs, IntegerTask.Of(weight, firstOutput, outputCount, y, accumulate, isFine: false));
            return;
        }

        if (precision == Precision.BFloat16)
        {
            var reduced = new Bfloat16Product
            {
                C = y,
                CRowStride = outputCount,
                A = x,
                Rounded = rounded,
                Rows = rows,
                Columns = outputCount,
                Depth = weight.Inputs,
                Accumulate = accumulate,
                Term = term,
            };
            reduced.Run(new ForwardSource(weight, firstOutput));
            return;
        }

        var product = new PanelProduct
        {
            C = y,
            CRowStride = outputCount,
            A = x,
            ARowStride = weight.Inputs,
            AStepStride = 1,
            Rows = rows,
            Columns = outputCount,
            Depth = weight.Inputs,
            Scale = 1f,
            Accumulate = accumulate,
            Term = term,
        };
        product.Run(new ForwardSource(weight, firstOutput));
    }

    /// <summary>dx += dy · w.</summary>
    /// <param name="dx">Added to, [rows, inputs].</param>
    /// <param name="dy">Gradient of the output [rows, outputs].</param>
    /// <param name="rows">Rows of dx and dy.</param>
    /// <param name="weight">Weight [outputs, inputs].</param>
    /// <param name="precision">In which numbers to compute; there is no gradient in integers.</param>
    public static void BackwardInput(float* dx, float* dy, int rows, WeightMatrix weight, Precision precision = Precision.Float32)
        => BackwardInput(dx, dy, rows, weight, 0, weight.Outputs, precision);

    /// <summary>As the other, for some consecutive outputs only: dy [rows, outputCount] has no columns for the others.</summary>
    /// <param name="dx">Added to, [rows, inputs].</param>
    /// <param name="dy">Gradient of these outputs [rows, outputCount].</param>
    /// <param name="rows">Rows of dx and dy.</param>
    /// <param name="weight">Weight [outputs, inputs].</param>
    /// <param name="firstOutput">The output that column 0 of dy belongs to. A multiple of 16.</param>
    /// <param name="outputCount">Columns of dy.</param>
    /// <param name="precision">In which numbers to compute; there is no gradient in integers.</param>
    /// <exception cref="ArgumentOutOfRangeException">The weight does not have these outputs, or they begin inside a tile.</exception>
    public static void BackwardInput(
        float* dx, float* dy, int rows, WeightMatrix weight, int firstOutput, int outputCount, Precision precision = Precision.Float32)
        => BackwardInput(dx, dy, rows, weight, firstOutput, outputCount, precision, default);

    /// <summary>As the other, and dx += term.</summary>
    /// <remarks><paramref name="rounded"/> is dy in bfloat16 as <see cref="Bfloat16Product.Rounded"/> has it, or null.</remarks>
    internal static void BackwardInput(
        float* dx, float* dy, int rows, WeightMatrix weight, int firstOutput, int outputCount, Precision precision, in LowRankTerm term,
        ushort* rounded = null)
    {
        CheckOutputs(weight, firstOutput, outputCount);
        if (precision == Precision.BFloat16)
        {
            var reduced = new Bfloat16Product
            {
                C = dx,
                CRowStride = weight.Inputs,
                A = dy,
                Rounded = rounded,
                Rows = rows,
                Columns = weight.Inputs,
                Depth = outputCount,
                Accumulate = true,
                Term = term,
            };
            reduced.Run(new BackwardSource(weight, firstOutput));
            return;
        }

        var product = new PanelProduct
        {
            C = dx,
            CRowStride = weight.Inputs,
            A = dy,
            ARowStride = outputCount,
            AStepStride = 1,
            Rows = rows,
            Columns = weight.Inputs,
            Depth = outputCount,
            Scale = 1f,
            Accumulate = true,
            Term = term,
        };
        product.Run(new BackwardSource(weight, firstOutput));
    }

    private static void CheckOutputs(WeightMatrix weight, int firstOutput, int outputCount)
    {
        if (firstOutput < 0 || outputCount < 0 || (long)firstOutput + outputCount > weight.Outputs || firstOutput % TileLayout.Outputs != 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(firstOutput),
                $"{outputCount} outputs from {firstOutput} on were asked for. The weight has {weight.Outputs}, in tiles of "
                + $"{TileLayout.Outputs}: begin at a multiple of that.");
        }
    }
}
