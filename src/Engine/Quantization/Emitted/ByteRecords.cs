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

    /// <summary>Puts a rounded row in its place.</summary>
    public void Place(int row, in RoundedRows rounded)
    {
        int first = row / RowsPerBlock * RowsPerBlock;
        int count = Math.Min(RowsPerBlock, _rows - first);
        int index = row - first;
        byte* into = _memory + ((long)first * _blockCount * ByteRoutine.RecordBytes);
        sbyte* numbers = rounded.Numbers + ((long)row * rounded.Inputs);
        long* scales = (long*)(rounded.Scales + ((long)row * _blockCount * 2));
        int* totals = rounded.Totals + ((long)row * _blockCount * 2);
        float* sums = rounded.Sums + ((long)row * _blockCount);
        nint stride = count * ByteRoutine.RecordBytes;
        for (int block = 0; block < _blockCount; block++, into += stride)
        {
            Vector256.Load(numbers + (block * TileLayout.Inputs)).Store((sbyte*)into + (index * TileLayout.Inputs));
            ((long*)(into + (count * ByteRoutine.ScalePlace)))[index] = scales[block];
            int* beginnings = (int*)(into + (count * ByteRoutine.BeginningPlace)) + (2 * index);
            beginnings[0] = -ByteRoutine.Shift * totals[2 * block];
            beginnings[1] = -ByteRoutine.Shift * totals[(2 * block) + 1];
            ((float*)(into + (count * ByteRoutine.SumPlace)))[index] = sums[block];
        }
    }

    /// <summary>Multiplies the rows of one block by a row of tiles.</summary>
    /// <param name="row">The block's first row, which y belongs to.</param>
    /// <param name="tiles">The row of tiles.</param>
    /// <param name="y">Result of that row for the first output of the tiles.</param>
    /// <param name="yRowStride">Numbers from row to row of the result.</param>
    /// <param name="outputs">Outputs wanted, up to 16.</param>
    /// <param name="accumulate">Adds to the result in place of overwriting it.</param>
    public void MultiplyBlock<TForm>(int row, byte* tiles, float* y, int yRowStride, int outputs, bool accumulate)
        where TForm : struct, IBlockForm
    {
        var call = new ByteRoutine.Call
        {
            Tiles = tiles,
            Records = _memory + ((long)row * _blockCount * ByteRoutine.RecordBytes),
            BlockCount = _blockCount,
            Y = y,
            YRowBytes = (nint)yRowStride * sizeof(float),
            OutputMask = (1 << outputs) - 1,
        };
        ByteCode<TForm>.Run(ref call, Math.Min(RowsPerBlock, _rows - row), accumulate);
    }
}
