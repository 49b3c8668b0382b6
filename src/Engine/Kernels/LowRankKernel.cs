namespace Ratchet.Engine.Kernels;

/// <summary>The thin products of LoRA, y += s · (x · Aᵀ) · Bᵀ, and their gradients.</summary>
/// <remarks>
/// Both factors lie as [rank, dim] (B transposed), so that three routines serve A and B, forward and backward:
/// <code>
/// Project  z[i,r]  = s · Σ over j of x[i,j] · p[r,j]      x·Aᵀ,   dy·B
/// Expand   y[i,j] += Σ over r of z[i,r] · p[r,j]          z·Bᵀ,   dz·A
/// Outer   dp[r,j] += Σ over i of z[i,r] · x[i,j]          dzᵀ·x,  (dyᵀ·z)ᵀ
/// </code>
/// </remarks>
public static unsafe class LowRankKernel
{
    // A cache line of columns a thread: sums over the rows keep one order, and threads do not write the same line.
    private const int ColumnBlock = 32;

    /// <summary>z = scale · x · pᵀ.</summary>
    /// <param name="z">Output [rows, rank].</param>
    /// <param name="x">Input [rows, dim].</param>
    /// <param name="p">Factor [rank, dim].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="dim">Columns of x.</param>
    /// <param name="rank">Rows of p.</param>
    /// <param name="scale">Factor on every product.</param>
    public static void Project(float* z, float* x, float* p, int rows, int dim, int rank, float scale)
        => RowLoop.Run(rows, RowChunk.Rows(rows, (long)dim * rank / 4), new ProjectBody(z, x, p, dim, rank, scale));

    /// <summary>y += z · p.</summary>
    /// <param name="y">Added to [rows, dim].</param>
    /// <param name="z">Input [rows, rank].</param>
    /// <param name="p">Factor [rank, dim].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="dim">Columns of y.</param>
    /// <param name="rank">Rows of p.</param>
    public static void Expand(float* y, float* z, float* p, int rows, int dim, int rank)
        => RowLoop.Run(rows, RowChunk.Rows(rows, (long)dim * rank / 4), new ExpandBody(y, z, p, dim, rank));

    /// <summary>dp += zᵀ · x.</summary>
    /// <param name="dp">Added to [rank, dim].</param>
    /// <param name="z">[rows, rank].</param>
    /// <param name="x">[rows, dim].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="dim">Columns of x.</param>
    /// <param name="rank">Rows of dp.</param>
    public static void Outer(float* dp, float* z, float* x, int rows, int dim, int rank)
    {
        int blocks = (dim + ColumnBlock - 1) / ColumnBlock;
        RowLoop.Run(blocks, RowChunk.Rows(blocks, (long)ColumnBlock * rows * rank / 4), new OuterBody(dp, z, x, rows, dim, rank));
    }

    private readonly struct ProjectBody(float* z, float* x, float* p, int dim, int rank, float scale) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
            => StridedKernel.Dot(
                z + ((long)firstRow * rank), rank, x + ((long)firstRow * dim), dim, p, dim, endRow - firstRow, rank, dim, scale);
    }

    private readonly struct ExpandBody(float* y, float* z, float* p, int dim, int rank) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
            => StridedKernel.Add(
                y + ((long)firstRow * dim), dim, z + ((long)firstRow * rank), rank, 1, p, dim, endRow - firstRow, dim, rank);
    }

    private readonly struct OuterBody(float* dp, float* z, float* x, int rows, int dim, int rank) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            int first = firstRow * ColumnBlock;
            int end = Math.Min(endRow * ColumnBlock, dim);
            StridedKernel.Add(dp + first, dim, z, 1, rank, x + first, dim, rank, end - first, rows);
        }
    }
}
