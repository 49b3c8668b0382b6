namespace Ratchet.Engine.Kernels;

/// <summary>Columns of one matrix to those of another: layers that give several things at once are taken apart and put together.</summary>
public static unsafe class ColumnKernel
{
    /// <summary>into[i, j] = from[i, j] for some columns.</summary>
    /// <param name="into">First column of the output.</param>
    /// <param name="intoStride">Numbers from row to row of the output.</param>
    /// <param name="from">First column of the input.</param>
    /// <param name="fromStride">Numbers from row to row of the input.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns to copy.</param>
    public static void Copy(float* into, int intoStride, float* from, int fromStride, int rows, int columns)
    {
        for (long row = 0; row < rows; row++)
        {
            new ReadOnlySpan<float>(from + (row * fromStride), columns).CopyTo(new Span<float>(into + (row * intoStride), columns));
        }
    }
}
