using System.Runtime.Intrinsics;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Quantization.Emitted;

/// <summary>Rounded rows as <see cref="ByteRoutine"/> reads them, by blocks of up to 8 rows.</summary>
internal readonly unsafe struct ByteRecords
{
    private readonly byte* _memory;
    private readonly int _rows;
    private readonly int _blockCount;

    /// <summary>Lays them out.</summary>
    /// <param name="memory">At least <see cref="BytesOf"/>.</param>
    /// <param name="rows">Rows, one at least.</param>
    /// <param name="inputs">Numbers of a row.</param>
    public ByteRecords(byte* memory, int rows, int inputs)
    {
        _memory = memory;
        _rows = rows;
        _blockCount = inputs / TileLayout.Inputs;

        // Blocks of like size: unpacked weights serve as many rows in the last as in the first.
        int blocks = (rows + ByteRoutine.RowsMax - 1) / ByteRoutine.RowsMax;
        RowsPerBlock = (rows + blocks - 1) / blocks;
    }

    /// <summary>Rows of every block but the last.</summary>
    public int RowsPerBlock { get; }

    /// <summary>Bytes that they take.</summary>
    public static long BytesOf(int rows, int inputs) => (long)rows * (inputs / TileLayout.Inputs) * ByteRoutine.RecordBytes;

    /// <summary>Whether weights of a type are multiplied by emitted code.</summary>
    public static bool AreUsed(ElementType type) => type switch
    {
        ElementType.Q4_0 => ByteCode<Q4_0Form>.IsUsed,
        ElementType.Q4_1 => ByteCode<Q4_1Form>.IsUsed,
        ElementType.Q8_0 => ByteCode<Q8_0Form>.IsUsed,
        _ => false,
    };

    /// <summary>Whether that code can add an adapter's part by itself.</summary>
    public static bool CanExpand(ElementType type) => type switch
    {
        ElementType.Q4_0 => ByteCode<Q4_0Form>.CanExpand,
        ElementType.Q4_1 => ByteCode<Q4_1Form>.CanExpand,
        ElementType.Q8_0 => ByteCode<Q8_0Form>.CanExpand,
        _ => false,
    };

    /// <summary>Whether an adapter's A is multiplied by emitted code.</summary>
    public static bool AreUsedForAdapters => ByteCode<Q8_0Form>.IsUsed;

    /// <summary>Puts a rounded row in its place.</summary>
    public void Place(int row, in RoundedRows rounded)
    {
        RowPlace place = PlaceOf(row);
        byte* into = place.Block;
        sbyte* numbers = rounded.Numbers + ((long)row * rounded.Inputs);
        long* scales = (long*)(rounded.Scales + ((long)row * _blockCount * 2));
        int* totals = rounded.Totals + ((long)row * _blockCount * 2);
        float* sums = rounded.Sums + ((long)row * _blockCount);
        for (int block = 0; block < _blockCount; block++, into += place.BlockBytes)
        {
            Vector256.Load(numbers + (block * TileLayout.Inputs)).Store((sbyte*)into + place.Numbers);
            *(long*)(into + place.Scales) = scales[block];
            int* beginnings = (int*)(into + place.Beginnings);
            beginnings[0] = -ByteRoutine.Shift * totals[2 * block];
            beginnings[1] = -ByteRoutine.Shift * totals[(2 * block) + 1];
            *(float*)(into + place.Sum) = sums[block];
        }
    }

    /// <summary>Rounds a row into its place: the same bits as <see cref="RoundedRows"/> and <see cref="Place"/>.</summary>
    /// <param name="row">Which.</param>
    /// <param name="x">Its numbers.</param>
    /// <param name="rest">What the rounding leaves over, or null where nobody asks.</param>
    public void Round(int row, float* x, float* rest)
    {
        RowPlace place = PlaceOf(row);
        byte* into = place.Block;
        int* totals = stackalloc int[2];
        for (int block = 0; block < _blockCount; block++, x += TileLayout.Inputs, into += place.BlockBytes)
        {
            sbyte* numbers = (sbyte*)(into + place.Numbers);
            float* scales = (float*)(into + place.Scales);
            int* beginnings = (int*)(into + place.Beginnings);
            RoundedRows.RoundBlock(x, numbers, scales, totals);
            beginnings[0] = -ByteRoutine.Shift * totals[0];
            beginnings[1] = -ByteRoutine.Shift * totals[1];
            *(float*)(into + place.Sum) = float.MultiplyAddEstimate(totals[1], scales[1], totals[0] * scales[0]);
            if (rest != null)
            {
                RoundedRows.RestOfBlock(x, numbers, scales, rest);
                rest += TileLayout.Inputs;
            }
        }
    }

    /// <summary>Multiplies the rows of whole blocks of like size by a row of tiles.</summary>
    /// <param name="row">The first block's first row, which y belongs to.</param>
    /// <param name="blocks">How many; the last of all, which may be smaller, comes alone.</param>
    /// <param name="tiles">The row of tiles.</param>
    /// <param name="y">Result of that row for the first output of the tiles.</param>
    /// <param name="yRowStride">Numbers from row to row of the result.</param>
    /// <param name="outputs">Outputs wanted, up to 16.</param>
    /// <param name="accumulate">Adds to the result in place of overwriting it.</param>
    /// <param name="expansion">What an adapter adds to these rows and outputs; without a tile nothing.</param>
    public void MultiplyBlocks<TForm>(
        int row, int blocks, byte* tiles, float* y, int yRowStride, int outputs, bool accumulate, in ExpansionRoutine.Product expansion)
        where TForm : struct, IBlockForm
    {
        int rows = Math.Min(RowsPerBlock, _rows - row);
        ByteRoutine.Call call = CallOf(row, tiles, y, yRowStride, outputs);
        call.Count = blocks;
        call.RecordsStep = (nint)rows * _blockCount * ByteRoutine.RecordBytes;
        call.YStep = rows * call.YRowBytes;
        call.Expansion = expansion;
        call.ZStep = rows * expansion.ZRowBytes;
        ByteCode<TForm>.Run(ref call, rows, accumulate, expansion.Tile != null);
    }

    /// <summary>Multiplies the rows of one block by consecutive rows of tiles.</summary>
    /// <param name="row">The block's first row, which y belongs to.</param>
    /// <param name="tiles">The first row of tiles.</param>
    /// <param name="tileRowBytes">Bytes from one to the next.</param>
    /// <param name="y">Result of that row for the first output of the tiles.</param>
    /// <param name="yRowStride">Numbers from row to row of the result.</param>
    /// <param name="outputs">Outputs wanted of all of them.</param>
    /// <param name="accumulate">Adds to the result in place of overwriting it.</param>
    public void MultiplyTiles<TForm>(int row, byte* tiles, long tileRowBytes, float* y, int yRowStride, int outputs, bool accumulate)
        where TForm : struct, IBlockForm
    {
        int rows = Math.Min(RowsPerBlock, _rows - row);
        int whole = outputs / TileLayout.Outputs;
        if (whole > 0)
        {
            ByteRoutine.Call call = CallOf(row, tiles, y, yRowStride, TileLayout.Outputs);
            call.Count = whole;
            call.TilesStep = (nint)tileRowBytes;
            call.YStep = TileLayout.Outputs * sizeof(float);
            ByteCode<TForm>.Run(ref call, rows, accumulate, expands: false);
        }

        if (outputs % TileLayout.Outputs > 0)
        {
            ByteRoutine.Call call = CallOf(
                row, tiles + (whole * tileRowBytes), y + (whole * TileLayout.Outputs), yRowStride, outputs % TileLayout.Outputs);
            ByteCode<TForm>.Run(ref call, rows, accumulate, expands: false);
        }
    }

    /// <summary>Multiplies rows by a row of tiles of bytes, wherever their blocks begin.</summary>
    /// <param name="row">The first, which y belongs to.</param>
    /// <param name="rows">How many.</param>
    /// <param name="tiles">The row of tiles.</param>
    /// <param name="y">Overwritten: result of that row for the first output of the tiles.</param>
    /// <param name="yRowStride">Numbers from row to row of the result.</param>
    /// <param name="outputs">Outputs wanted, up to 16.</param>
    public void MultiplyRows<TForm>(int row, int rows, byte* tiles, float* y, int yRowStride, int outputs)
        where TForm : struct, IBlockForm
    {
        for (int end = row + rows; row < end;)
        {
            int first = row / RowsPerBlock * RowsPerBlock;
            int blockRows = Math.Min(RowsPerBlock, _rows - first);
            int count = Math.Min(end, first + blockRows) - row;
            if (count == blockRows)
            {
                MultiplyBlocks<TForm>(row, 1, tiles, y, yRowStride, outputs, accumulate: false, default);
            }
            else
            {
                RowPlace place = PlaceOf(row);
                var call = new ByteRoutine.Call
                {
                    Tiles = tiles,
                    Records = place.Block + place.Numbers,
                    Scales = place.Block + place.Scales,
                    Beginnings = place.Block + place.Beginnings,
                    BlockBytes = place.BlockBytes,
                    BlockCount = _blockCount,
                    Y = y,
                    YRowBytes = (nint)yRowStride * sizeof(float),
                    OutputMask = (1 << outputs) - 1,
                };
                ByteCode<TForm>.RunPart(ref call, count);
            }

            row += count;
            y += (long)count * yRowStride;
        }
    }

    private ByteRoutine.Call CallOf(int row, byte* tiles, float* y, int yRowStride, int outputs) => new()
    {
        Tiles = tiles,
        Records = _memory + ((long)row * _blockCount * ByteRoutine.RecordBytes),
        Count = 1,
        BlockCount = _blockCount,
        Y = y,
        YRowBytes = (nint)yRowStride * sizeof(float),
        OutputMask = (1 << outputs) - 1,
    };

    private RowPlace PlaceOf(int row)
    {
        int first = row / RowsPerBlock * RowsPerBlock;
        int count = Math.Min(RowsPerBlock, _rows - first);
        int index = row - first;
        return new RowPlace(
            _memory + ((long)first * _blockCount * ByteRoutine.RecordBytes),
            count * ByteRoutine.RecordBytes,
            index * TileLayout.Inputs,
            (count * ByteRoutine.ScalePlace) + (2 * index * sizeof(float)),
            (count * ByteRoutine.BeginningPlace) + (2 * index * sizeof(int)),
            (count * ByteRoutine.SumPlace) + (index * sizeof(float)));
    }

    // A row's first block of rows, bytes from block to block, and where in each the row's parts lie.
    private readonly struct RowPlace(byte* block, nint blockBytes, nint numbers, nint scales, nint beginnings, nint sum)
    {
        public readonly byte* Block = block;
        public readonly nint BlockBytes = blockBytes;
        public readonly nint Numbers = numbers;
        public readonly nint Scales = scales;
        public readonly nint Beginnings = beginnings;
        public readonly nint Sum = sum;
    }
}
