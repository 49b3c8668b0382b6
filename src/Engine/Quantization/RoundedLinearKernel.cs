using Ratchet.Engine.Kernels;

namespace Ratchet.Engine.Quantization;

/// <summary>Products of rows that are bfloat16 already with a <see cref="WeightMatrix"/>: several layers that read the same rows round them once.</summary>
internal static unsafe class RoundedLinearKernel
{
    /// <summary>Rows that the memory of rounded rows must have room for: tiles read whole blocks.</summary>
    public static int RowsPadded(int rows) => (rows + Bfloat16Kernel.Group - 1) / Bfloat16Kernel.Group * Bfloat16Kernel.Group;

    /// <summary>Numbers of a rounded row; those past its inputs must be zero.</summary>
    public static int Padded(int inputs) => (inputs + Bfloat16Kernel.Group - 1) / Bfloat16Kernel.Group * Bfloat16Kernel.Group;

    /// <summary>Whether <see cref="Forward"/> needs no memory for y where its end takes it.</summary>
    public static bool NeedsNoResult(int inputs) => Bfloat16Product.IsOneChunk(Padded(inputs));

    /// <summary>y = x · wᵀ, or y += with <paramref name="accumulate"/>; then what is done with it.</summary>
    /// <param name="y">Output [rows, outputs]; null where the end takes it and <see cref="NeedsNoResult"/> says so.</param>
    /// <param name="x">Input [rows, padded inputs], bfloat16.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="weight">Weight [outputs, inputs].</param>
    /// <param name="accumulate">Adds to y in place of overwriting it.</param>
    /// <param name="end">Takes each block of y.</param>
    public static void Forward<TEnd>(float* y, ushort* x, int rows, WeightMatrix weight, bool accumulate, in TEnd end)
        where TEnd : struct, IBlockEnd
    {
        var product = new Bfloat16Product
        {
            C = y,
            CRowStride = weight.Outputs,
            Rounded = x,
            Rows = rows,
            Columns = weight.Outputs,
            Depth = weight.Inputs,
            Accumulate = accumulate,
        };
        product.Run(new ForwardSource(weight, 0), end);
    }
}
