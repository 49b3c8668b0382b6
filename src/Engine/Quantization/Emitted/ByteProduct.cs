using System.Runtime.Intrinsics;
using Ratchet.Engine.Kernels;

namespace Ratchet.Engine.Quantization.Emitted;

/// <summary>y = x · Wᵀ in integers through <see cref="ByteRoutine"/>: rounds the activations into records, then shares rows of tiles.</summary>
internal readonly unsafe struct ByteProduct<TForm>
    where TForm : struct, IBlockForm
{
    private readonly byte* _records;
    private readonly byte* _tiles;
    private readonly long _tileRowBytes;
    private readonly float* _y;
    private readonly int _rows;
    private readonly int _blockCount;
    private readonly int _outputCount;
    private readonly bool _accumulate;

    private ByteProduct(byte* records, byte* tiles, long tileRowBytes, float* y, int rows, int blockCount, int outputCount, bool accumulate)
    {
        _records = records;
        _tiles = tiles;
        _tileRowBytes = tileRowBytes;
        _y = y;
        _rows = rows;
        _blockCount = blockCount;
        _outputCount = outputCount;
        _accumulate = accumulate;
    }

    /// <summary>Computes y [rows, outputCount].</summary>
    /// <param name="y">Output.</param>
    /// <param name="x">Input [rows, inputs].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="weight">In blocks of this form.</param>
    /// <param name="firstOutput">The output that column 0 of y holds.</param>
    /// <param name="outputCount">Columns of y.</param>
    /// <param name="accumulate">Adds to y in place of overwriting it.</param>
    /// <param name="chunkRows">Rows of tiles that a thread takes at a time.</param>
    public static void Run(float* y, float* x, int rows, WeightMatrix weight, int firstOutput, int outputCount, bool accumulate, int chunkRows)
    {
        var rounded = new RoundedRows(rows, weight.Inputs);
        byte* records = (byte*)KernelScratch.Get(KernelScratch.Part.Records, (long)rows * rounded.BlockCount * ByteRoutine.RecordBytes);
        int groups = (rows + ByteRoutine.RowsMax - 1) / ByteRoutine.RowsMax;
        RowLoop.Run(groups, RowChunk.Rows(groups, (long)ByteRoutine.RowsMax * weight.Inputs), new Rounding(rounded, x, records, rows));
        byte* tiles = weight.Tiles + (firstOutput / TileLayout.Outputs * weight.TileRowBytes);
        var product = new ByteProduct<TForm>(records, tiles, weight.TileRowBytes, y, rows, rounded.BlockCount, outputCount, accumulate);
        RowLoop.Run((outputCount + TileLayout.Outputs - 1) / TileLayout.Outputs, chunkRows, new Body(product));
    }

    private readonly void Multiply(int tileRow)
    {
        int output = tileRow * TileLayout.Outputs;
        int outputs = Math.Min(TileLayout.Outputs, _outputCount - output);
        for (int row = 0; row < _rows; row += ByteRoutine.RowsMax)
        {
            var call = new ByteRoutine.Call
            {
                Tiles = _tiles + (tileRow * _tileRowBytes),
                Records = _records + ((long)row * _blockCount * ByteRoutine.RecordBytes),
                BlockCount = _blockCount,
                Y = _y + ((long)row * _outputCount) + output,
                YRowBytes = (nint)_outputCount * sizeof(float),
                OutputMask = (1 << outputs) - 1,
            };
            ByteCode<TForm>.Run(ref call, Math.Min(ByteRoutine.RowsMax, _rows - row), _accumulate);
        }
    }

    private readonly struct Body(ByteProduct<TForm> product) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            for (int row = firstRow; row < endRow; row++)
            {
                product.Multiply(row);
            }
        }
    }

    private readonly struct Rounding(RoundedRows rounded, float* x, byte* records, int rows) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            for (int group = firstRow; group < endRow; group++)
            {
                int first = group * ByteRoutine.RowsMax;
                int count = Math.Min(ByteRoutine.RowsMax, rows - first);
                for (int i = 0; i < count; i++)
                {
                    rounded.Round(first + i, x + ((long)(first + i) * rounded.Inputs));
                    Place(first + i, i, count, records + ((long)first * rounded.BlockCount * ByteRoutine.RecordBytes));
                }
            }
        }

        private void Place(int row, int index, int count, byte* into)
        {
            sbyte* numbers = rounded.Numbers + ((long)row * rounded.Inputs);
            long* scales = (long*)(rounded.Scales + ((long)row * rounded.BlockCount * 2));
            float* sums = rounded.Sums + ((long)row * rounded.BlockCount);
            var shift = Vector256.Create(TForm.HasBytes ? (byte)ByteRoutine.Shift : (byte)0);
            byte* numbersAt = into + (index * TileLayout.Inputs);
            byte* scalesAt = into + (count * TileLayout.Inputs) + (index * 2 * sizeof(float));
            byte* sumsAt = into + (count * (ByteRoutine.RecordBytes - sizeof(float))) + (index * sizeof(float));
            nint stride = count * ByteRoutine.RecordBytes;
            for (int block = 0; block < rounded.BlockCount; block++, numbersAt += stride, scalesAt += stride, sumsAt += stride)
            {
                (Vector256.Load((byte*)numbers + (block * TileLayout.Inputs)) ^ shift).Store(numbersAt);
                *(long*)scalesAt = scales[block];
                *(float*)sumsAt = sums[block];
            }
        }
    }
}
