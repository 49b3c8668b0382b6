namespace Ratchet.Engine.Kernels;

/// <summary>c = scale · a · b, or c += with <see cref="Accumulate"/>, where b comes in panels.</summary>
/// <remarks>
/// <para>
/// A task is one to four groups of 32 columns of c and a block of its rows. It walks over the steps (the summed dimension) in chunks of
/// which a group's fit the first-level cache: pack the chunks of b into panels, then multiply each by tiles of a few rows of a.
/// </para>
/// <para>
/// Each number of c is the sum, in order, of one partial sum per chunk and one for <see cref="Term"/>, and each partial sum is taken in
/// order of the steps by fused multiply-adds. Bounds of chunks depend on <see cref="Depth"/> alone, so the bits of a row do not depend on the other rows,
/// on the threads, nor on the vector width where the processor fuses.
/// </para>
/// </remarks>
internal unsafe struct PanelProduct
{
    /// <summary>Columns of a panel.</summary>
    public const int PanelColumns = 16;

    private const int GroupColumns = 2 * PanelColumns;
    private const int StepsMax = 320;
    private const int StepMultiple = 32;

    // A block of rows of a, times one chunk of steps, stays in the second-level cache while the panels take turns.
    private const int RowsPerBlock = 48;

    // Groups that share a block of a while it is near, where enough tasks are left: their panels and the block fit the second-level cache.
    private const int GroupsMax = 4;

    // Enough tasks for the threads to share evenly; a task's panels are packed again for each of its row blocks.
    private const int TasksWanted = 16;

    // Below this many multiply-adds waking a thread costs more than it brings.
    private const long WorkInline = 100_000;

    /// <summary>Result [rows, columns].</summary>
    public float* C;

    /// <summary>Numbers from row to row of c.</summary>
    public nint CRowStride;

    /// <summary>Left-hand matrix [rows, steps].</summary>
    public float* A;

    /// <summary>Numbers from row to row of a.</summary>
    public nint ARowStride;

    /// <summary>Numbers from step to step of a; 1 unless a is transposed.</summary>
    public nint AStepStride;

    /// <summary>Rows of a and c.</summary>
    public int Rows;

    /// <summary>Columns of b and c.</summary>
    public int Columns;

    /// <summary>Columns of a and rows of b.</summary>
    public int Depth;

    /// <summary>Factor on every product.</summary>
    public float Scale;

    /// <summary>Adds to c in place of overwriting it.</summary>
    public bool Accumulate;

    /// <summary>Added to c at last.</summary>
    public LowRankTerm Term;

    /// <summary>Computes c.</summary>
    public readonly void Run<TSource>(in TSource source)
        where TSource : struct, IPanelSource
    {
        if (Rows <= 0 || Columns <= 0)
        {
            return;
        }

        int groups = (Columns + GroupColumns - 1) / GroupColumns;
        int groupColumns = GroupColumns * Math.Clamp(groups / TasksWanted, 1, GroupsMax);
        int groupCount = (Columns + groupColumns - 1) / groupColumns;
        int rowBlockCount = Math.Clamp(Rows / RowsPerBlock, 1, (TasksWanted + groupCount - 1) / groupCount);
        int rowsPerTask = ((Rows + rowBlockCount - 1) / rowBlockCount + 11) / 12 * 12;
        rowBlockCount = (Rows + rowsPerTask - 1) / rowsPerTask;
        var body = new Body<TSource>(this, source, rowBlockCount, rowsPerTask, groupColumns);
        int taskCount = groupCount * rowBlockCount;
        long work = (long)Rows * Columns * Depth;
        if (work <= WorkInline)
        {
            body.Invoke(0, taskCount);
        }
        else
        {
            int tasksPerChunk = (int)Math.Clamp(taskCount * WorkInline / 4 / work, 1, taskCount);
            RowLoop.Run(taskCount, Math.Max(tasksPerChunk, taskCount / 256), body);
        }
    }

    private static int StepsPerChunk(int depth)
    {
        int count = (depth + StepsMax - 1) / StepsMax;
        return count <= 1 ? depth : ((depth + count - 1) / count + StepMultiple - 1) / StepMultiple * StepMultiple;
    }

    private readonly struct Body<TSource>(PanelProduct product, TSource source, int rowBlockCount, int rowsPerTask, int groupColumns) : IRowBody
        where TSource : struct, IPanelSource
    {
        public void Invoke(int firstRow, int endRow)
        {
            for (int task = firstRow; task < endRow; task++)
            {
                int row = task % rowBlockCount * rowsPerTask;
                Multiply(task / rowBlockCount * groupColumns, row, Math.Min(row + rowsPerTask, product.Rows));
            }
        }

        private void Multiply(int firstColumn, int row, int rowEnd)
        {
            int stepsPerChunk = StepsPerChunk(product.Depth);
            int groupCount = (Math.Min(groupColumns, product.Columns - firstColumn) + GroupColumns - 1) / GroupColumns;
            long numbers = (long)stepsPerChunk * GroupColumns;
            long termNumbers = product.Term.PanelNumbers;
            float* panels = (float*)KernelScratch.Get(KernelScratch.Part.Panels, groupCount * (numbers + termNumbers) * sizeof(float));
            float* termPanels = panels + (groupCount * numbers);
            PanelKernel.Operands* tiles = stackalloc PanelKernel.Operands[groupCount];
            for (int group = 0; group < groupCount; group++)
            {
                int column = firstColumn + (group * GroupColumns);
                product.Term.Pack(termPanels + (group * termNumbers), column, Math.Min(GroupColumns, product.Columns - column));
            }

            if (product.Depth == 0 && !product.Accumulate)
            {
                PanelKernel.Clear(
                    product.C + (row * product.CRowStride) + firstColumn, product.CRowStride, rowEnd - row,
                    Math.Min(groupColumns, product.Columns - firstColumn));
            }

            for (int step = 0; step < product.Depth; step += stepsPerChunk)
            {
                int steps = Math.Min(stepsPerChunk, product.Depth - step);
                for (int group = 0; group < groupCount; group++)
                {
                    int column = firstColumn + (group * GroupColumns);
                    int columns = Math.Min(GroupColumns, product.Columns - column);
                    float* own = panels + (group * numbers);
                    tiles[group] = new PanelKernel.Operands
                    {
                        ARowStride = product.ARowStride,
                        AStepStride = product.AStepStride,
                        B0 = own,
                        B1 = own + ((long)steps * PanelColumns),
                        BStepStride = PanelColumns,
                        Steps = steps,
                        CRowStride = product.CRowStride,
                        Scale = product.Scale,
                        Accumulate = product.Accumulate || step > 0,
                    };

                    if (source.TryDirect(column, columns, step, rowEnd - row, out DirectPanels direct))
                    {
                        tiles[group].B0 = direct.First;
                        tiles[group].B1 = direct.Second;
                        tiles[group].BStepStride = direct.StepStride;
                    }
                    else
                    {
                        source.Pack(own, column, columns, step, steps);
                    }
                }

                bool isLast = step + stepsPerChunk >= product.Depth;
                for (int block = row; block < rowEnd; block += RowsPerBlock)
                {
                    int rows = Math.Min(RowsPerBlock, rowEnd - block);
                    for (int group = 0; group < groupCount; group++)
                    {
                        int column = firstColumn + (group * GroupColumns);
                        int columns = Math.Min(GroupColumns, product.Columns - column);
                        ref PanelKernel.Operands tile = ref tiles[group];
                        tile.A = product.A + (block * product.ARowStride) + (step * product.AStepStride);
                        tile.C = product.C + (block * product.CRowStride) + column;
                        PanelKernel.Multiply(tile, rows, columns);
                        if (isLast)
                        {
                            product.Term.Add(tile.C, product.CRowStride, termPanels + (group * termNumbers), block, rows, columns);
                        }
                    }
                }
            }
        }
    }
}
