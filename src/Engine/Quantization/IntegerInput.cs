using System.Numerics.Tensors;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Quantization.Emitted;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Quantization;

/// <summary>The rounded rows of an <see cref="IntegerProduct"/> in the orders in which the routines read them, in memory of the calling thread.</summary>
internal readonly unsafe struct IntegerInput
{
    // Rows that are prepared at a time, unless they are a block of records.
    private const int PartRowsUsual = 4;

    // Rows that share an unpacked row of tiles.
    private const int RowsTogether = 32;

    private readonly float* _x;
    private readonly IntegerTask* _tasks;
    private readonly int _taskCount;
    private readonly IntegerRun* _runs;
    private readonly int _runCount;
    private readonly RoundedRows _rounded;
    private readonly RoundedRows _rest;
    private readonly bool _hasRest;
    private readonly bool _hasRecords;
    private readonly ByteRecords _records;
    private readonly ByteRecords _restRecords;
    private readonly int _partRows;

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
            _hasRecords |= ByteRecords.AreUsed(tasks[i].Type);
        }

        long between = 0;
        for (int run = 0; run < runCount; run++)
        {
            Rows += runs[run].Rows;
            for (int i = 0; i < taskCount && runs[run].Additions != null; i++)
            {
                RankSum = Math.Max(RankSum, runs[run].Additions[i].Rank * taskCount);
                between += (long)runs[run].Rows * runs[run].Additions[i].Rank * sizeof(float);
            }
        }

        if (Rows == 0)
        {
            return;
        }

        long rounded = RoundedRows.BytesOf(Rows, inputs);
        long records = _hasRecords ? ByteRecords.BytesOf(Rows, inputs) : 0;
        byte* memory = (byte*)KernelScratch.Get(KernelScratch.Part.Activations, ((_hasRest ? 2 : 1) * (rounded + records)) + between);
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

        // Rows that all have one adapter go through its A in blocks of records.
        _partRows = _hasRecords && runCount == 1 ? _records.RowsPerBlock : PartRowsUsual;
        for (int run = 0; run < runCount; run++)
        {
            PartCount += PartsOf(run);
            for (int i = 0; i < taskCount && runs[run].Additions != null; i++)
            {
                runs[run].Additions[i].Between = (float*)memory;
                memory += (long)runs[run].Rows * runs[run].Additions[i].Rank * sizeof(float);
            }
        }
    }

    /// <summary>Rows of all runs.</summary>
    public int Rows { get; }

    /// <summary>Parts of the rows, none across the bound of a run.</summary>
    public int PartCount { get; }

    /// <summary>Ranks of the largest adapter over all tasks: how many products a number is in before the weights.</summary>
    public int RankSum { get; }

    /// <summary>Rounds the rows of a part and takes them through their adapter's A.</summary>
    /// <param name="part">Below <see cref="PartCount"/>.</param>
    public void Prepare(int part)
    {
        int row = 0;
        int run = 0;
        for (; part >= PartsOf(run); run++)
        {
            part -= PartsOf(run);
            row += _runs[run].Rows;
        }

        int inRun = part * _partRows;
        int rows = Math.Min(_partRows, _runs[run].Rows - inRun);
        Round(row + inRun, rows);
        for (int i = 0; i < _taskCount && _runs[run].Additions != null; i++)
        {
            if (_runs[run].Additions[i].Rank > 0)
            {
                Project(_runs[run].Additions + i, row + inRun, inRun, rows);
            }
        }
    }

    /// <summary>Multiplies all rows by a row of tiles, and adds what the adapters give.</summary>
    /// <param name="task">Of which weight.</param>
    /// <param name="tileRow">Which of its rows of tiles.</param>
    public void Multiply(int task, int tileRow)
    {
        ref IntegerTask own = ref _tasks[task];
        int output = tileRow * TileLayout.Outputs;
        int outputs = Math.Min(TileLayout.Outputs, own.Outputs - output);
        byte* tiles = own.Tiles + (tileRow * own.TileRowBytes);
        int run = 0;
        int runEnd = _runs[0].Rows;
        int step = ByteRecords.AreUsed(own.Type) ? _records.RowsPerBlock : RowsTogether;
        for (int row = 0; row < Rows; row += step)
        {
            // What is added follows at once, while the results are near: a column of many rows does not stay in the first-level cache.
            int rows = Math.Min(step, Rows - row);
            float* y = own.Y + ((long)row * own.Outputs) + output;
            Multiply(own.Type, _rounded, _records, row, rows, tiles, y, own.Outputs, outputs, own.Accumulate);
            if (own.IsFine)
            {
                Multiply(own.Type, _rest, _restRecords, row, rows, tiles, y, own.Outputs, outputs, accumulate: true);
            }

            for (int at = row; at < row + rows;)
            {
                if (at == runEnd)
                {
                    runEnd += _runs[++run].Rows;
                    continue;
                }

                int end = Math.Min(row + rows, runEnd);
                if (_runs[run].Additions != null && _runs[run].Additions[task].Rank > 0)
                {
                    ref IntegerAddition addition = ref _runs[run].Additions[task];
                    float* z = addition.Between + ((long)(at - runEnd + _runs[run].Rows) * addition.Rank);
                    byte* b = addition.B + ((long)tileRow * addition.BTileBytes);
                    ExpansionMatrix.Add(y + ((long)(at - row) * own.Outputs), own.Outputs, z, end - at, addition.Rank, b, outputs);
                }

                at = end;
            }
        }
    }

    private int PartsOf(int run) => (_runs[run].Rows + _partRows - 1) / _partRows;

    private static void Multiply(
        ElementType type, in RoundedRows rounded, in ByteRecords records, int row, int rows, byte* tiles, float* y, int yRowStride, int outputs,
        bool accumulate)
    {
        switch (type)
        {
            case ElementType.Q4_0 when ByteCode<Q4_0Form>.IsUsed:
                records.MultiplyBlock<Q4_0Form>(row, tiles, y, yRowStride, outputs, accumulate);
                return;
            case ElementType.Q4_1 when ByteCode<Q4_1Form>.IsUsed:
                records.MultiplyBlock<Q4_1Form>(row, tiles, y, yRowStride, outputs, accumulate);
                return;
            case ElementType.Q8_0 when ByteCode<Q8_0Form>.IsUsed:
                records.MultiplyBlock<Q8_0Form>(row, tiles, y, yRowStride, outputs, accumulate);
                return;
            default:
                IntegerKernel.MultiplyRow(type, rounded.Product(row, rows, yRowStride, accumulate), tiles, y, outputs);
                return;
        }
    }

    private void Round(int firstRow, int rows)
    {
        for (int row = firstRow; row < firstRow + rows; row++)
        {
            float* x = _x + ((long)row * _rounded.Inputs);
            Round(row, x, _rounded, _records);
            if (_hasRest)
            {
                float* rest = (float*)KernelScratch.Get(KernelScratch.Part.Rest, (long)_rounded.Inputs * sizeof(float));
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
    private void Project(IntegerAddition* addition, int firstRow, int inRun, int rows)
    {
        float* z = addition->Between + ((long)inRun * addition->Rank);
        bool isBlock = _runCount == 1 && _hasRecords && ByteCode<Q8_0Form>.IsUsed;
        byte* tiles = addition->A;
        for (int rank = 0; rank < addition->Rank; rank += TileLayout.Outputs, tiles += addition->ARowBytes)
        {
            int ranks = Math.Min(TileLayout.Outputs, addition->Rank - rank);
            if (isBlock)
            {
                _records.MultiplyBlock<Q8_0Form>(firstRow, tiles, z + rank, addition->Rank, ranks, accumulate: false);
            }
            else
            {
                IntegerKernel.MultiplyRow<Q8_0Form>(_rounded.Product(firstRow, rows, addition->Rank, accumulate: false), tiles, z + rank, ranks);
            }
        }

        var all = new Span<float>(z, rows * addition->Rank);
        TensorPrimitives.Multiply(all, addition->Scale, all);
    }
}
