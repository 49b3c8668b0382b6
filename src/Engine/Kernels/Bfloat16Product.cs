using Ratchet.Engine.Kernels.Emitted;

namespace Ratchet.Engine.Kernels;

/// <summary>c = a · b, or c += with <see cref="Accumulate"/>: both rounded to bfloat16, summed in single precision.</summary>
/// <remarks>
/// Runs on AMX tiles or AVX-512 where <see cref="MatrixPath"/> says so; else the rounded numbers are multiplied as single precision. Sums
/// of the three differ in their order and so in their last bits. On one of them a row depends neither on the other rows nor on the threads:
/// the bounds of chunks of the summed dimension depend on <see cref="Depth"/> alone.
/// </remarks>
internal unsafe struct Bfloat16Product
{
    private const int GroupColumns = Bfloat16Routine.Columns;
    private const int StepDepth = Bfloat16Routine.StepDepth;
    private const int DepthMax = 640;
    private const int RowsPerBlock = 96;
    private const int TasksWanted = 16;
    private const int HalfNumbers = Bfloat16Routine.StepBytes / 4;

    /// <summary>Result [rows, columns]; null where what follows a block takes it and the depth is one chunk.</summary>
    public float* C;

    /// <summary>Numbers from row to row of c.</summary>
    public nint CRowStride;

    /// <summary>Left-hand matrix [rows, depth]; not read where <see cref="Rounded"/> is.</summary>
    public float* A;

    /// <summary>
    /// The left-hand matrix in bfloat16 already, rows and depth filled up to multiples of 32; null where it is to be rounded here. Read only where the
    /// processor multiplies bfloat16.
    /// </summary>
    public ushort* Rounded;

    /// <summary>Rows of a and c.</summary>
    public int Rows;

    /// <summary>Columns of b and c.</summary>
    public int Columns;

    /// <summary>Columns of a and rows of b.</summary>
    public int Depth;

    /// <summary>Adds to c in place of overwriting it.</summary>
    public bool Accumulate;

    /// <summary>Added to c at last, in single precision.</summary>
    public LowRankTerm Term;

    /// <summary>Whether a sum of this depth is computed at once, so that no chunk of it needs memory for c.</summary>
    public static bool IsOneChunk(int depth) => depth <= DepthMax;

    /// <summary>Numbers from row to row of <see cref="Rounded"/>.</summary>
    public static int Padded(int depth) => (depth + StepDepth - 1) / StepDepth * StepDepth;

    /// <summary>Numbers that <see cref="Rounded"/> holds: whole tiles are read, whatever the rows that fill them up hold.</summary>
    public static long RoundedNumbers(int rows, int depth)
        => (long)(rows + Bfloat16Routine.TileRows - 1) / Bfloat16Routine.TileRows * Bfloat16Routine.TileRows * Padded(depth);

    /// <summary>Computes c.</summary>
    public readonly void Run<TSource>(in TSource source)
        where TSource : struct, IPanelSource
        => Run(source, default(NoEnd));

    /// <summary>Computes c and does something with each block of it while it lies in the cache.</summary>
    public readonly void Run<TSource, TEnd>(in TSource source, in TEnd end)
        where TSource : struct, IPanelSource
        where TEnd : struct, IBlockEnd
    {
        if (Rows <= 0 || Columns <= 0)
        {
            return;
        }

        if (Depth == 0 || !MatrixPath.HasBfloat16)
        {
            RunAsSingle(source);
            end.Invoke(C, CRowStride, 0, Rows, 0, Columns);
            return;
        }

        int padded = Padded(Depth);
        ushort* a = Rounded;
        if (a == null)
        {
            a = (ushort*)KernelScratch.Get(KernelScratch.Part.Activations, RoundedNumbers(Rows, Depth) * sizeof(ushort));
            RowLoop.Run(Rows, RowChunk.Rows(Rows, Depth), new RoundBody(a, A, Depth, padded));
        }

        int groupCount = (Columns + GroupColumns - 1) / GroupColumns;
        int rowBlockCount = Math.Clamp(Rows / RowsPerBlock, 1, (TasksWanted + groupCount - 1) / groupCount);
        int rowsPerTask = ((Rows + rowBlockCount - 1) / rowBlockCount + RowsPerBlock - 1) / RowsPerBlock * RowsPerBlock;
        rowBlockCount = (Rows + rowsPerTask - 1) / rowsPerTask;
        RowLoop.Run(groupCount * rowBlockCount, 1, new Body<TSource, TEnd>(this, source, end, a, padded, rowBlockCount, rowsPerTask));
    }

    // The twin for every processor.
    private readonly void RunAsSingle<TSource>(in TSource source)
        where TSource : struct, IPanelSource
    {
        float* a = (float*)KernelScratch.Get(KernelScratch.Part.Activations, (long)Rows * Depth * sizeof(float));
        Bfloat16Kernel.RoundInPlace(a, A, (long)Rows * Depth);
        var product = new PanelProduct
        {
            C = C,
            CRowStride = CRowStride,
            A = a,
            ARowStride = Depth,
            AStepStride = 1,
            Rows = Rows,
            Columns = Columns,
            Depth = Depth,
            Scale = 1f,
            Accumulate = Accumulate,
            Term = Term,
        };
        product.Run(new RoundedSource<TSource>(source));
    }

    private static int DepthPerChunk(int padded)
    {
        int count = (padded + DepthMax - 1) / DepthMax;
        return ((padded + count - 1) / count + StepDepth - 1) / StepDepth * StepDepth;
    }

    private readonly struct RoundBody(ushort* into, float* from, int depth, int padded) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            for (int row = firstRow; row < endRow; row++)
            {
                Bfloat16Kernel.RoundRow(into + ((long)row * padded), from + ((long)row * depth), depth, padded);
            }
        }
    }

    private readonly struct RoundedSource<TSource>(TSource source) : IPanelSource
        where TSource : struct, IPanelSource
    {
        public void Pack(float* panels, int firstColumn, int columnCount, int firstStep, int stepCount)
        {
            int panelCount = columnCount > PanelProduct.PanelColumns ? 2 : 1;
            source.Pack(panels, firstColumn, columnCount, firstStep, stepCount);
            Bfloat16Kernel.RoundInPlace(panels, panels, (long)panelCount * stepCount * PanelProduct.PanelColumns);
        }

        public bool TryDirect(int column, int columnCount, int step, int rows, out DirectPanels panels)
        {
            panels = default;
            return false;
        }
    }

    private readonly struct NoEnd : IBlockEnd
    {
        public void Invoke(float* c, nint stride, int row, int rows, int column, int columns)
        {
        }
    }

    private readonly struct Body<TSource, TEnd>(
        Bfloat16Product product, TSource source, TEnd end, ushort* a, int padded, int rowBlockCount, int rowsPerTask) : IRowBody
        where TSource : struct, IPanelSource
        where TEnd : struct, IBlockEnd
    {
        public void Invoke(int firstRow, int endRow)
        {
            for (int task = firstRow; task < endRow; task++)
            {
                int row = task % rowBlockCount * rowsPerTask;
                Multiply(task / rowBlockCount * GroupColumns, row, Math.Min(row + rowsPerTask, product.Rows));
            }
        }

        private void Multiply(int column, int row, int rowEnd)
        {
            int depthPerChunk = DepthPerChunk(padded);
            int columns = Math.Min(GroupColumns, product.Columns - column);
            long floats = (long)depthPerChunk * GroupColumns;
            const int BlockNumbers = RowsPerBlock * GroupColumns;
            long termNumbers = product.Term.PanelNumbers;
            float* panels = (float*)KernelScratch.Get(
                KernelScratch.Part.Panels, ((floats + BlockNumbers + termNumbers) * sizeof(float)) + (floats * sizeof(ushort)));
            float* buffer = panels + floats;
            float* termPanels = buffer + BlockNumbers;
            ushort* packed = (ushort*)(termPanels + termNumbers);
            product.Term.Pack(termPanels, column, columns);
            nint stride = product.C == null ? GroupColumns : product.CRowStride;
            for (int step = 0; step < product.Depth; step += depthPerChunk)
            {
                int steps = Math.Min(depthPerChunk, product.Depth - step);
                source.Pack(panels, column, columns, step, steps);
                bool hasTwo = columns > PanelProduct.PanelColumns;
                Bfloat16Kernel.Interleave(packed, 2 * HalfNumbers, panels, steps);
                Bfloat16Kernel.Interleave(
                    packed + HalfNumbers, 2 * HalfNumbers, hasTwo ? panels + ((long)steps * PanelProduct.PanelColumns) : null, steps);
                bool isLast = step + depthPerChunk >= product.Depth;
                for (int block = row; block < rowEnd; block += RowsPerBlock)
                {
                    int rows = Math.Min(RowsPerBlock, rowEnd - block);
                    float* c = product.C == null ? buffer : product.C + (block * product.CRowStride) + column;
                    var call = new Bfloat16Routine.Call
                    {
                        A = a + ((long)block * padded) + step,
                        ARowBytes = (nint)padded * sizeof(ushort),
                        B = packed,
                        Steps = (steps + StepDepth - 1) / StepDepth,
                        C = c,
                        CRowBytes = stride * sizeof(float),
                    };
                    Bfloat16Block.Multiply(call, rows, columns, product.Accumulate || step > 0);
                    if (isLast)
                    {
                        product.Term.Add(c, stride, termPanels, block, rows, columns);
                        end.Invoke(c, stride, block, rows, column, columns);
                    }
                }
            }
        }
    }
}
