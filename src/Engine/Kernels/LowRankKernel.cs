namespace Ratchet.Engine.Kernels;

/// <summary>The thin products of LoRA, y += s · (x · Aᵀ) · Bᵀ, and their gradients.</summary>
/// <remarks>
/// Both factors lie as [rank, dim] (B transposed), so that three routines serve A and B, forward and backward:
/// <code>
/// Project  z[i,r]  = s · Σ over j of x[i,j] · p[r,j]      x·Aᵀ,   dy·B
/// Expand   y[i,j] += Σ over r of z[i,r] · p[r,j]          z·Bᵀ,   dz·A
/// Outer   dp[r,j] += Σ over i of z[i,r] · x[i,j]          dzᵀ·x,  (dyᵀ·z)ᵀ
/// </code>
/// A training step takes them together with what else reads or writes the same matrix: <see cref="LowRankRead"/>, <see cref="LowRankTerm"/>.
/// </remarks>
public static unsafe class LowRankKernel
{
    // Two cache lines of columns, so that threads do not write the same one.
    private const int ColumnBlock = 32;

    // Parts that need not be cut for two threads to share them evenly, and multiply-adds that are not worth waking one for.
    private const int PartsEnough = 8;
    private const long WorkInline = 6 * 1024;

    /// <summary>z = scale · x · pᵀ.</summary>
    /// <param name="z">Output [rows, rank].</param>
    /// <param name="x">Input [rows, dim].</param>
    /// <param name="p">Factor [rank, dim].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="dim">Columns of x.</param>
    /// <param name="rank">Rows of p.</param>
    /// <param name="scale">Factor on every product.</param>
    public static void Project(float* z, float* x, float* p, int rows, int dim, int rank, float scale)
    {
        var read = new LowRankRead { X = x, Rows = rows, Columns = dim };
        read.Project(z, p, rank, scale);
        read.Run();
    }

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
        var read = new LowRankRead { X = x, Rows = rows, Columns = dim };
        read.AddTo(dp, z, rank);
        read.Run();
    }

    /// <summary>Adds what several adapters give their rows, all in two loops: many small ones would cost more than the products.</summary>
    /// <param name="parts">Rows of one adapter each.</param>
    /// <param name="count">Parts.</param>
    /// <param name="inputs">Columns of every x.</param>
    /// <param name="outputs">Columns of every y.</param>
    internal static void Apply(LowRankPart* parts, int count, int inputs, int outputs)
    {
        long work = 0;
        for (int i = 0; i < count; i++)
        {
            work += (long)parts[i].Rows * parts[i].Rank;
        }

        // Few parts are cut in two, so that a second thread has something to do.
        int pieces = count < PartsEnough ? 2 : 1;
        RowLoop.Run(pieces * count, ChunkOf(work * inputs, pieces * count), new ApplyProjectBody(parts, pieces, inputs));
        RowLoop.Run(pieces * count, ChunkOf(work * outputs, pieces * count), new ApplyExpandBody(parts, pieces, outputs));
    }

    private static int ChunkOf(long work, int units) => work < WorkInline ? units : 1;

    private readonly struct ApplyProjectBody(LowRankPart* parts, int pieces, int inputs) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            for (int unit = firstRow; unit < endRow; unit++)
            {
                ref LowRankPart part = ref parts[unit / pieces];
                int size = ((part.Rank + pieces - 1) / pieces + 3) / 4 * 4;
                int first = unit % pieces * size;
                if (first < part.Rank)
                {
                    StridedKernel.Dot(
                        part.Z + first, part.Rank, part.X, inputs, part.A + ((long)first * inputs), inputs, part.Rows,
                        Math.Min(size, part.Rank - first), inputs, part.Scale);
                }
            }
        }
    }

    private readonly struct ApplyExpandBody(LowRankPart* parts, int pieces, int outputs) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            int size = ((outputs + pieces - 1) / pieces + ColumnBlock - 1) / ColumnBlock * ColumnBlock;
            for (int unit = firstRow; unit < endRow; unit++)
            {
                ref LowRankPart part = ref parts[unit / pieces];
                int first = unit % pieces * size;
                if (first < outputs)
                {
                    StridedKernel.Add(
                        part.Y + first, outputs, part.Z, part.Rank, 1, part.B + first, outputs, part.Rows, Math.Min(size, outputs - first), part.Rank);
                }
            }
        }
    }

    private readonly struct ExpandBody(float* y, float* z, float* p, int dim, int rank) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
            => StridedKernel.Add(
                y + ((long)firstRow * dim), dim, z + ((long)firstRow * rank), rank, 1, p, dim, endRow - firstRow, dim, rank);
    }
}
