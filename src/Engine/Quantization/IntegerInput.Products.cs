using System.Runtime.Intrinsics.X86;
using Ratchet.Engine.Quantization.Emitted;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Quantization;

internal readonly unsafe partial struct IntegerInput
{
    // Rows that share an unpacked row of tiles.
    private const int RowsTogether = 32;

    // Rows of tiles that a block of rows takes before the next block reads them again.
    private const int BytesTogether = 24 * 1024;

    // Products of bytes in one call of a routine: some ten microseconds, in which the collector cannot stop the thread.
    private const long WorkTogether = 1 << 20;

    // Blocks of rows, or rows of tiles, in one call.
    private int ProductsTogether => (int)Math.Max(1, WorkTogether / ((long)_records.RowsPerBlock * TileLayout.Outputs * _rounded.Inputs));

    /// <summary>Multiplies all rows by rows of tiles, and adds what the adapters give.</summary>
    /// <param name="task">Of which weight.</param>
    /// <param name="firstTileRow">The first of its rows of tiles.</param>
    /// <param name="endTileRow">The one after the last.</param>
    public void Multiply(int task, int firstTileRow, int endTileRow)
    {
        bool isInRecords = ByteRecords.AreUsed(_tasks[task].Type);
        if (Rows <= RowsTogether)
        {
            FetchExpansions(task, firstTileRow, endTileRow);
            if (isInRecords)
            {
                MultiplyFewInRecords(task, firstTileRow, endTileRow);
            }
            else
            {
                for (int tileRow = firstTileRow; tileRow < endTileRow; tileRow++)
                {
                    MultiplyRounded(task, tileRow, 0, Rows);
                }
            }

            AwaitProjections();
            AddExpansions(task, firstTileRow, endTileRow, 0, Rows);
            return;
        }

        AwaitProjections();
        for (int tileRow = firstTileRow; tileRow < endTileRow; tileRow++)
        {
            if (isInRecords)
            {
                MultiplyManyInRecords(task, tileRow);
                continue;
            }

            for (int row = 0; row < Rows; row += RowsTogether)
            {
                // What is added follows at once, while the results are near: a column of many rows does not stay in the first-level cache.
                int rows = Math.Min(RowsTogether, Rows - row);
                MultiplyRounded(task, tileRow, row, rows);
                AddExpansions(task, tileRow, tileRow + 1, row, rows);
            }
        }
    }

    private void MultiplyRounded(int task, int tileRow, int row, int rows)
    {
        ref IntegerTask own = ref _tasks[task];
        int output = tileRow * TileLayout.Outputs;
        int outputs = Math.Min(TileLayout.Outputs, own.Outputs - output);
        byte* tiles = own.Tiles + (tileRow * own.TileRowBytes);
        float* y = own.Y + ((long)row * own.Outputs) + output;
        IntegerKernel.MultiplyRow(own.Type, _rounded.Product(row, rows, own.Outputs, own.Accumulate), tiles, y, outputs);
        if (own.IsFine)
        {
            IntegerKernel.MultiplyRow(own.Type, _rest.Product(row, rows, own.Outputs, accumulate: true), tiles, y, outputs);
        }
    }

    // A block of rows takes several rows of tiles at a time; they stay near until the next block reads them.
    private void MultiplyFewInRecords(int task, int firstTileRow, int endTileRow)
    {
        ref IntegerTask own = ref _tasks[task];
        int together = ProductsTogether;
        if (Rows > _records.RowsPerBlock)
        {
            together = (int)Math.Clamp(BytesTogether / own.TileRowBytes, 1, together);
        }

        for (int tileRow = firstTileRow; tileRow < endTileRow; tileRow += together)
        {
            int output = tileRow * TileLayout.Outputs;
            int outputs = Math.Min(own.Outputs, Math.Min(tileRow + together, endTileRow) * TileLayout.Outputs) - output;
            byte* tiles = own.Tiles + (tileRow * own.TileRowBytes);
            for (int row = 0; row < Rows; row += _records.RowsPerBlock)
            {
                float* y = own.Y + ((long)row * own.Outputs) + output;
                MultiplyTiles(own, _records, row, tiles, y, outputs, own.Accumulate);
                if (own.IsFine)
                {
                    MultiplyTiles(own, _restRecords, row, tiles, y, outputs, accumulate: true);
                }
            }
        }
    }

    // A row of tiles takes several blocks of rows at a time. What is added follows at once, while the results are near: a column of many rows
    // does not stay in the first-level cache.
    private void MultiplyManyInRecords(int task, int tileRow)
    {
        ref IntegerTask own = ref _tasks[task];
        int output = tileRow * TileLayout.Outputs;
        int outputs = Math.Min(TileLayout.Outputs, own.Outputs - output);
        byte* tiles = own.Tiles + (tileRow * own.TileRowBytes);
        int step = _records.RowsPerBlock;
        int run = 0;
        int runFirst = 0;
        for (int row = 0; row < Rows;)
        {
            for (; row >= runFirst + _runs[run].Rows; run++)
            {
                runFirst += _runs[run].Rows;
            }

            // Blocks that reach into the next run come alone, and what is added to them comes after; so does the last, which may be smaller.
            int blocks = Math.Clamp((runFirst + _runs[run].Rows - row) / step, 1, ProductsTogether);
            int rows = Math.Min(blocks * step, Rows - row);
            float* y = own.Y + ((long)row * own.Outputs) + output;
            ExpansionRoutine.Product expansion = row + rows > runFirst + _runs[run].Rows ? default : ExpansionOf(task, tileRow, run, row - runFirst);
            if (own.IsFine)
            {
                MultiplyBlocks(own, _records, row, blocks, tiles, y, outputs, own.Accumulate, default);
                MultiplyBlocks(own, _restRecords, row, blocks, tiles, y, outputs, accumulate: true, expansion);
            }
            else
            {
                MultiplyBlocks(own, _records, row, blocks, tiles, y, outputs, own.Accumulate, expansion);
            }

            if (expansion.Tile == null)
            {
                AddExpansions(task, tileRow, tileRow + 1, row, rows);
            }

            row += rows;
        }
    }

    // What the routine of a row of tiles can add by itself to rows of a run.
    private ExpansionRoutine.Product ExpansionOf(int task, int tileRow, int run, int inRun)
    {
        IntegerAddition* additions = _runs[run].Additions;
        if (additions == null || additions[task].Rank == 0 || !ByteRecords.CanExpand(_tasks[task].Type) || !ExpansionCode.IsUsed)
        {
            return default;
        }

        ref IntegerAddition addition = ref additions[task];
        return ExpansionCode.ProductOf(addition.Between, inRun, addition.Rank, addition.B + ((long)tileRow * addition.BTileBytes));
    }

    // Asks for the adapters' B of some tiles: too little in one place for the processor to see that it will be read.
    private void FetchExpansions(int task, int firstTileRow, int endTileRow)
    {
        for (int run = 0; run < _runCount && Sse.IsSupported; run++)
        {
            if (_runs[run].Additions == null || _runs[run].Additions[task].Rank == 0)
            {
                continue;
            }

            ref IntegerAddition addition = ref _runs[run].Additions[task];
            byte* end = addition.B + ((long)endTileRow * addition.BTileBytes);
            for (byte* line = addition.B + ((long)firstTileRow * addition.BTileBytes); line < end; line += LineBytes)
            {
                Sse.Prefetch0(line);
            }
        }
    }

    // What the adapters of some rows add to the outputs of some tiles.
    private void AddExpansions(int task, int firstTileRow, int endTileRow, int firstRow, int rows)
    {
        ref IntegerTask own = ref _tasks[task];
        int output = firstTileRow * TileLayout.Outputs;
        int outputs = Math.Min(endTileRow * TileLayout.Outputs, own.Outputs) - output;
        int runFirst = 0;
        for (int run = 0; run < _runCount && runFirst < firstRow + rows; run++)
        {
            int runEnd = runFirst + _runs[run].Rows;
            int at = Math.Max(runFirst, firstRow);
            int end = Math.Min(runEnd, firstRow + rows);
            if (at < end && _runs[run].Additions != null && _runs[run].Additions[task].Rank > 0)
            {
                ref IntegerAddition addition = ref _runs[run].Additions[task];
                byte* z = addition.Between + ((long)(at - runFirst) * ExpansionRows.RowBytes(addition.Rank));
                byte* b = addition.B + ((long)firstTileRow * addition.BTileBytes);
                ExpansionMatrix.Add(own.Y + ((long)at * own.Outputs) + output, own.Outputs, z, end - at, addition.Rank, b, outputs);
            }

            runFirst = runEnd;
        }
    }

    private static void MultiplyTiles(in IntegerTask task, in ByteRecords records, int row, byte* tiles, float* y, int outputs, bool accumulate)
    {
        switch (task.Type)
        {
            case ElementType.Q4_0:
                records.MultiplyTiles<Q4_0Form>(row, tiles, task.TileRowBytes, y, task.Outputs, outputs, accumulate);
                return;
            case ElementType.Q4_1:
                records.MultiplyTiles<Q4_1Form>(row, tiles, task.TileRowBytes, y, task.Outputs, outputs, accumulate);
                return;
            default:
                records.MultiplyTiles<Q8_0Form>(row, tiles, task.TileRowBytes, y, task.Outputs, outputs, accumulate);
                return;
        }
    }

    private static void MultiplyBlocks(
        in IntegerTask task, in ByteRecords records, int row, int blocks, byte* tiles, float* y, int outputs, bool accumulate,
        in ExpansionRoutine.Product expansion)
    {
        switch (task.Type)
        {
            case ElementType.Q4_0:
                records.MultiplyBlocks<Q4_0Form>(row, blocks, tiles, y, task.Outputs, outputs, accumulate, expansion);
                return;
            case ElementType.Q4_1:
                records.MultiplyBlocks<Q4_1Form>(row, blocks, tiles, y, task.Outputs, outputs, accumulate, expansion);
                return;
            default:
                records.MultiplyBlocks<Q8_0Form>(row, blocks, tiles, y, task.Outputs, outputs, accumulate, expansion);
                return;
        }
    }
}
