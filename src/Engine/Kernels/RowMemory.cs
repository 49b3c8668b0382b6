namespace Ratchet.Engine.Kernels;

/// <summary>Rows cleared and copied by all threads: what one thread alone reads and writes is less than the memory gives.</summary>
internal static unsafe class RowMemory
{
    /// <summary>x = 0.</summary>
    /// <param name="x">Output [rows, dim].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="dim">Columns.</param>
    public static void Clear(float* x, int rows, int dim) => RowLoop.Run(rows, RowChunk.Rows(rows, dim), new ClearBody(x, dim));

    /// <summary>y = x.</summary>
    /// <param name="y">Output [rows, dim]; not the memory of x.</param>
    /// <param name="x">Input [rows, dim].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="dim">Columns.</param>
    public static void Copy(float* y, float* x, int rows, int dim) => RowLoop.Run(rows, RowChunk.Rows(rows, dim), new CopyBody(y, x, dim));

    private readonly struct ClearBody(float* x, int dim) : IRowBody
    {
        public void Invoke(int firstRow, int endRow) => new Span<float>(x + ((long)firstRow * dim), checked((endRow - firstRow) * dim)).Clear();
    }

    private readonly struct CopyBody(float* y, float* x, int dim) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            int count = checked((endRow - firstRow) * dim);
            new ReadOnlySpan<float>(x + ((long)firstRow * dim), count).CopyTo(new Span<float>(y + ((long)firstRow * dim), count));
        }
    }
}
