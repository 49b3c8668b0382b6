using Ratchet.Engine.Kernels;
using Ratchet.Engine.Quantization.Emitted;

namespace Ratchet.Engine.Quantization;

/// <summary>The rounded rows of an <see cref="IntegerProduct"/> in the orders in which the routines read them, in memory of the calling thread.</summary>
internal readonly unsafe partial struct IntegerInput
{
    private const int LineBytes = 64;

    private readonly float* _x;
    private readonly IntegerTask* _tasks;
    private readonly int _taskCount;
    private readonly IntegerRun* _runs;
    private readonly int _runCount;
    private readonly RoundedRows _rounded;
    private readonly RoundedRows _rest;
    private readonly bool _hasRest;
    private readonly bool _hasRecords;
    private readonly bool _hasRounded;
    private readonly ByteRecords _records;
    private readonly ByteRecords _restRecords;
    private readonly IntegerProjection* _projections;

    // Projections that are not done yet, in a cache line of its own: all threads look at it.
    private readonly int* _pending;

    /// <summary>Lays the memory out. Nothing is computed yet.</summary>
    public IntegerInput(float* x, int inputs, IntegerTask* tasks, int taskCount, IntegerRun* runs, int runCount)
    {
        _x = x;
        _tasks = tasks;
        _taskCount = taskCount;
        _runs = runs;
        _runCount = runCount;
        for (int i = 0; i < taskCount; i++)
        {
            _hasRest |= tasks[i].IsFine;
            bool isInRecords = ByteRecords.AreUsed(tasks[i].Type);
            _hasRecords |= isInRecords;
            _hasRounded |= !isInRecords;
        }

        _hasRounded |= !ByteRecords.AreUsedForAdapters;

        long between = 0;
        int projectionsMax = 0;
        for (int run = 0; run < runCount; run++)
        {
            Rows += runs[run].Rows;
            for (int i = 0; i < taskCount && runs[run].Additions != null; i++)
            {
                between += BetweenBytes(runs[run], i);
                projectionsMax += IntegerProjection.CountOf(runs[run].Rows);
            }
        }

        if (Rows == 0)
        {
            return;
        }

        long projections = (long)projectionsMax * sizeof(IntegerProjection);
        long rounded = _hasRounded ? RoundedRows.BytesOf(Rows, inputs) : 0;
        long records = _hasRecords ? ByteRecords.BytesOf(Rows, inputs) : 0;
        byte* memory = (byte*)KernelScratch.Get(
            KernelScratch.Part.Activations, LineBytes + projections + ((_hasRest ? 2 : 1) * (rounded + records)) + between);
        _pending = (int*)memory;
        _projections = (IntegerProjection*)(memory + LineBytes);
        memory += LineBytes + projections;
        _rounded = new RoundedRows(memory, Rows, inputs);
        memory += rounded;
        _records = new ByteRecords(memory, Rows, inputs);
        memory += records;
        if (_hasRest)
        {
            _rest = new RoundedRows(memory, Rows, inputs);
            memory += rounded;
            _restRecords = new ByteRecords(memory, Rows, inputs);
            memory += records;
        }

        int row = 0;
        for (int run = 0; run < runCount; run++)
        {
            for (int i = 0; i < taskCount && runs[run].Additions != null; i++)
            {
                if (runs[run].Additions[i].Rank > 0)
                {
                    runs[run].Additions[i].Between = memory;
                    memory += BetweenBytes(runs[run], i);
                    ProjectionCount += IntegerProjection.List(_projections + ProjectionCount, runs[run].Additions + i, row, runs[run].Rows);
                }
            }

            row += runs[run].Rows;
        }

        *_pending = ProjectionCount;
    }

    /// <summary>Rows of all runs.</summary>
    public int Rows { get; }

    /// <summary>Blocks of rows that are rounded at a time.</summary>
    public int BlockCount => (Rows + _records.RowsPerBlock - 1) / _records.RowsPerBlock;

    /// <summary>Parts of the way through the adapters' A.</summary>
    public int ProjectionCount { get; }

    /// <summary>Rounds the rows of a block.</summary>
    /// <param name="block">Below <see cref="BlockCount"/>.</param>
    public void Round(int block)
    {
        int first = block * _records.RowsPerBlock;
        Round(first, Math.Min(_records.RowsPerBlock, Rows - first));
    }

    /// <summary>Takes some rounded rows through their adapter's A.</summary>
    /// <param name="projection">Below <see cref="ProjectionCount"/>; all of them before any product waits for them.</param>
    public void Project(int projection)
    {
        try
        {
            Project(_projections[projection]);
        }
        finally
        {
            Interlocked.Decrement(ref *_pending);
        }
    }

    private static long BetweenBytes(in IntegerRun run, int task)
    {
        int rank = run.Additions[task].Rank;
        return rank == 0 ? 0 : (long)run.Rows * ExpansionRows.RowBytes(rank);
    }

    private void Round(int firstRow, int rows)
    {
        int inputs = _rounded.Inputs;
        float* rest = _hasRest ? (float*)KernelScratch.Get(KernelScratch.Part.Rest, (long)inputs * sizeof(float)) : null;
        for (int row = firstRow; row < firstRow + rows; row++)
        {
            float* x = _x + ((long)row * inputs);
            if (!_hasRounded)
            {
                _records.Round(row, x, rest);
                if (_hasRest)
                {
                    _restRecords.Round(row, rest, null);
                }

                continue;
            }

            Round(row, x, _rounded, _records);
            if (_hasRest)
            {
                _rounded.Rest(row, x, rest);
                Round(row, rest, _rest, _restRecords);
            }
        }
    }

    private void Round(int row, float* x, in RoundedRows rounded, in ByteRecords records)
    {
        rounded.Round(row, x);
        if (_hasRecords)
        {
            records.Place(row, rounded);
        }
    }

    // scale · x · Aᵀ of some rows.
    private void Project(in IntegerProjection projection)
    {
        IntegerAddition* addition = projection.Addition;
        int rows = projection.Rows;
        int stride = ExpansionRows.Padded(addition->Rank);
        float* z = (float*)KernelScratch.Get(KernelScratch.Part.Rest, (long)rows * stride * sizeof(float));
        bool isInRecords = _hasRecords && ByteRecords.AreUsedForAdapters;
        byte* tiles = addition->A;
        for (int rank = 0; rank < addition->Rank; rank += TileLayout.Outputs, tiles += addition->ARowBytes)
        {
            int ranks = Math.Min(TileLayout.Outputs, addition->Rank - rank);
            if (isInRecords)
            {
                _records.MultiplyRows<Q8_0Form>(projection.FirstRow, rows, tiles, z + rank, stride, ranks);
            }
            else
            {
                IntegerKernel.MultiplyRow<Q8_0Form>(_rounded.Product(projection.FirstRow, rows, stride, accumulate: false), tiles, z + rank, ranks);
            }
        }

        byte* into = addition->Between + ((long)projection.InRun * ExpansionRows.RowBytes(addition->Rank));
        ExpansionRows.Round(z, rows, addition->Rank, addition->Scale, into);
    }

    // Whoever took the last projection is about to be done with it: they were handed out before any product was.
    private void AwaitProjections()
    {
        var wait = default(SpinWait);
        while (Volatile.Read(ref *_pending) > 0)
        {
            wait.SpinOnce(sleep1Threshold: -1);
        }
    }
}
