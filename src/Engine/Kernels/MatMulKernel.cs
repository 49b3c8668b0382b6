using System.Runtime.InteropServices;
using System.Numerics.Tensors;

namespace Ratchet.Engine.Kernels;

/// <summary>Products of dense single-precision matrices, and their gradients. All matrices are row-major.</summary>
/// <remarks>
/// <code>
/// y[i,o]  = Σ over j of x[i,j] · w[o,j]
/// dx[i,j] = Σ over o of dy[i,o] · w[o,j]
/// dw[o,j] = Σ over i of dy[i,o] · x[i,j]
/// </code>
/// A row of the result does not depend on the other rows, nor on the thread count.
/// </remarks>
public static unsafe class MatMulKernel
{
    /// <summary>y = scale · x · wᵀ, or y += with <paramref name="accumulate"/>.</summary>
    /// <param name="y">Output [rows, outputs]; not the memory of another argument.</param>
    /// <param name="x">Input [rows, inputs].</param>
    /// <param name="weight">Weight [outputs, inputs].</param>
    /// <param name="rows">Rows of x and y.</param>
    /// <param name="inputs">Columns of x.</param>
    /// <param name="outputs">Columns of y.</param>
    /// <param name="scale">Factor on every product.</param>
    /// <param name="accumulate">Adds to y in place of overwriting it.</param>
    public static void Forward(
        float* y, float* x, float* weight, int rows, int inputs, int outputs, float scale = 1f, bool accumulate = false)
    {
        for (int i = 0; i < rows; i++)
        {
            for (int o = 0; o < outputs; o++)
            {
                float sum = scale * TensorPrimitives.Dot(Row(x, i, inputs), Row(weight, o, inputs));
                y[((long)i * outputs) + o] = accumulate ? y[((long)i * outputs) + o] + sum : sum;
            }
        }
    }

    /// <summary>dx += scale · dy · w.</summary>
    /// <param name="dx">Added to, [rows, inputs].</param>
    /// <param name="dy">Gradient of the output [rows, outputs].</param>
    /// <param name="weight">Weight [outputs, inputs].</param>
    /// <param name="rows">Rows of dx and dy.</param>
    /// <param name="inputs">Columns of dx.</param>
    /// <param name="outputs">Columns of dy.</param>
    /// <param name="scale">Factor on every product.</param>
    public static void BackwardInput(
        float* dx, float* dy, float* weight, int rows, int inputs, int outputs, float scale = 1f)
    {
        for (int i = 0; i < rows; i++)
        {
            Span<float> into = Row(dx, i, inputs);
            for (int o = 0; o < outputs; o++)
            {
                TensorPrimitives.MultiplyAdd(Row(weight, o, inputs), scale * dy[((long)i * outputs) + o], into, into);
            }
        }
    }

    /// <summary>dw += scale · dyᵀ · x.</summary>
    /// <param name="dWeight">Added to, [outputs, inputs].</param>
    /// <param name="dy">Gradient of the output [rows, outputs].</param>
    /// <param name="x">Input [rows, inputs].</param>
    /// <param name="rows">Rows of dy and x.</param>
    /// <param name="inputs">Columns of x.</param>
    /// <param name="outputs">Columns of dy.</param>
    /// <param name="scale">Factor on every product.</param>
    public static void BackwardWeight(
        float* dWeight, float* dy, float* x, int rows, int inputs, int outputs, float scale = 1f)
    {
        for (int i = 0; i < rows; i++)
        {
            for (int o = 0; o < outputs; o++)
            {
                Span<float> into = Row(dWeight, o, inputs);
                TensorPrimitives.MultiplyAdd(Row(x, i, inputs), scale * dy[((long)i * outputs) + o], into, into);
            }
        }
    }

    private static Span<float> Row(float* matrix, long row, int columns)
        => MemoryMarshal.CreateSpan(ref *(matrix + (row * columns)), columns);
}
