using System.Numerics.Tensors;
using System.Runtime.CompilerServices;

namespace Ratchet.Engine.Kernels;

/// <summary>One walk over a matrix for everything that reads it: low-rank products of several layers, their gradients, and rounding for a product.</summary>
/// <remarks>
/// <code>
/// z[i,r]  = s · Σ over j of x[i,j] · p[r,j]     up to three factors
/// d[r,j] += Σ over i of z[i,r] · x[i,j]         up to three gradients
/// rounded = x in bfloat16
/// </code>
/// These take few operations a number, so that each walk of its own would wait for memory. Sums over the rows are taken in parts whose bounds
/// depend on the rows alone, and added in their order: the bits do not depend on the threads.
/// </remarks>
internal unsafe struct LowRankRead
{
    /// <summary>Factors, and gradients, that one walk takes: query, key and value read the same input.</summary>
    public const int Most = 3;

    // Rows that stay in the second-level cache between their uses, and columns of them that stay in the first.
    private const int RowsPerStep = 32;
    private const int ColumnsPerStep = 96;

    // Parts have sums of their own, which are cleared, written and read again: fewer where an adapter's rank makes them large.
    private const int PartsMost = 16;
    private const long SumBytesMost = 64 << 20;
    private const int RowsPerPartLeast = 64;

    private Operands _projections;
    private Operands _gradients;
    private int _projectionCount;

    /// <summary>The matrix [rows, columns].</summary>
    public float* X;

    /// <summary>Rows of x and of every z.</summary>
    public int Rows;

    /// <summary>Columns of x and of every factor.</summary>
    public int Columns;

    /// <summary>Where x goes in bfloat16 [rows, <see cref="Bfloat16Product.Padded"/>], or null.</summary>
    public ushort* Rounded;

    /// <summary>Gradients that the walk adds to.</summary>
    public int GradientCount { get; private set; }

    /// <summary>z = scale · x · pᵀ.</summary>
    /// <param name="z">Output [rows, rank].</param>
    /// <param name="factor">p [rank, columns].</param>
    /// <param name="rank">Rows of p.</param>
    /// <param name="scale">Factor on every product.</param>
    public void Project(float* z, float* factor, int rank, float scale)
        => _projections[_projectionCount++] = new Operand { Z = z, Factor = factor, Rank = rank, Scale = scale };

    /// <summary>d += zᵀ · x.</summary>
    /// <param name="gradient">d [rank, columns].</param>
    /// <param name="z">[rows, rank].</param>
    /// <param name="rank">Rows of d.</param>
    public void AddTo(float* gradient, float* z, int rank)
        => _gradients[GradientCount++] = new Operand { Z = z, Factor = gradient, Rank = rank };

    /// <summary>Does all that was asked for.</summary>
    public readonly void Run()
    {
        long perRow = Rounded == null ? 0 : Columns;
        for (int i = 0; i < _projectionCount; i++)
        {
            perRow += (long)Columns * _projections[i].Rank / 4;
        }

        if (Rows <= 0 || Columns <= 0 || (Rounded == null && _projectionCount == 0 && GradientCount == 0))
        {
            return;
        }

        if (GradientCount == 0)
        {
            RowLoop.Run(Rows, RowChunk.Rows(Rows, perRow), new WalkBody(this));
            return;
        }

        long numbers = 0;
        for (int i = 0; i < GradientCount; i++)
        {
            perRow += (long)Columns * _gradients[i].Rank / 4;
            numbers += (long)Columns * _gradients[i].Rank;
        }

        int partsMost = (int)Math.Clamp(SumBytesMost / Math.Max(1, numbers * sizeof(float)), 1, PartsMost);
        int rowsPerPart = Math.Max(RowsPerPartLeast, ((Rows + partsMost - 1) / partsMost + RowsPerStep - 1) / RowsPerStep * RowsPerStep);
        int partCount = (Rows + rowsPerPart - 1) / rowsPerPart;
        float* sums = (float*)KernelScratch.Get(KernelScratch.Part.GradientSums, partCount * numbers * sizeof(float));
        RowLoop.Run(partCount, RowChunk.Rows(partCount, perRow * rowsPerPart), new PartBody(this, sums, numbers, rowsPerPart));
        int blocks = (Columns + ColumnsPerStep - 1) / ColumnsPerStep;
        RowLoop.Run(blocks, RowChunk.Rows(blocks, numbers / Columns * ColumnsPerStep * partCount), new SumBody(this, sums, numbers, partCount));
    }

    // Some rows: to bfloat16, and times the factors.
    private readonly void Walk(int row, int rows)
    {
        if (Rounded != null)
        {
            int padded = Bfloat16Product.Padded(Columns);
            for (int i = row; i < row + rows; i++)
            {
                Bfloat16Kernel.RoundRow(Rounded + ((long)i * padded), X + ((long)i * Columns), Columns, padded);
            }
        }

        for (int i = 0; i < _projectionCount; i++)
        {
            Operand to = _projections[i];
            StridedKernel.Dot(
                to.Z + ((long)row * to.Rank), to.Rank, X + ((long)row * Columns), Columns, to.Factor, Columns, rows, to.Rank, Columns, to.Scale);
        }
    }

    // Some rows' share of the gradients.
    private readonly void Sum(float* sums, int row, int rows)
    {
        for (int column = 0; column < Columns; column += ColumnsPerStep)
        {
            float* from = X + ((long)row * Columns) + column;
            float* into = sums + column;
            for (int i = 0; i < GradientCount; i++)
            {
                Operand of = _gradients[i];
                StridedKernel.Add(
                    into, Columns, of.Z + ((long)row * of.Rank), 1, of.Rank, from, Columns, of.Rank,
                    Math.Min(ColumnsPerStep, Columns - column), rows);
                into += (long)of.Rank * Columns;
            }
        }
    }

    private struct Operand
    {
        public float* Z;
        public float* Factor;
        public int Rank;
        public float Scale;
    }

    [InlineArray(Most)]
    private struct Operands
    {
        private Operand _first;
    }

    private readonly struct WalkBody(LowRankRead read) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            for (int row = firstRow; row < endRow; row += RowsPerStep)
            {
                read.Walk(row, Math.Min(RowsPerStep, endRow - row));
            }
        }
    }

    private readonly struct PartBody(LowRankRead read, float* sums, long numbers, int rowsPerPart) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            for (int part = firstRow; part < endRow; part++)
            {
                float* own = sums + (part * numbers);
                new Span<float>(own, checked((int)numbers)).Clear();
                int end = Math.Min((part + 1) * rowsPerPart, read.Rows);
                for (int row = part * rowsPerPart; row < end; row += RowsPerStep)
                {
                    int rows = Math.Min(RowsPerStep, end - row);
                    read.Walk(row, rows);
                    read.Sum(own, row, rows);
                }
            }
        }
    }

    private readonly struct SumBody(LowRankRead read, float* sums, long numbers, int partCount) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            int column = firstRow * ColumnsPerStep;
            int count = Math.Min(endRow * ColumnsPerStep, read.Columns) - column;
            float* from = sums + column;
            for (int i = 0; i < read.GradientCount; i++)
            {
                Operand of = read._gradients[i];
                for (int r = 0; r < of.Rank; r++, from += read.Columns)
                {
                    var into = new Span<float>(of.Factor + ((long)r * read.Columns) + column, count);
                    for (int part = 0; part < partCount; part++)
                    {
                        TensorPrimitives.Add(into, new ReadOnlySpan<float>(from + (part * numbers), count), into);
                    }
                }
            }
        }
    }
}
