using Ratchet.Engine.Kernels;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Quantization;

/// <summary>The weight of a linear layer or an embedding, [outputs, inputs], in its stored blocks.</summary>
/// <remarks>
/// The blocks of 16 consecutive outputs are interleaved in tiles (<see cref="TileLayout"/>), so that one load serves 16
/// outputs; a tile takes exactly the bytes of its 16 blocks, and no other copy of the weight is held.
/// </remarks>
public sealed unsafe class WeightMatrix : IDisposable
{
    private readonly NativeBuffer _tiles;
    private readonly FourBitBlocks? _fourBit;

    /// <summary>Takes over a tensor: its numbers are rearranged into tiles and the tensor is disposed of.</summary>
    /// <param name="tensor">[outputs, inputs] of any element type.</param>
    /// <exception cref="ArgumentException">The tensor does not have two dimensions.</exception>
    public WeightMatrix(Tensor tensor)
    {
        if (tensor.Shape.Length != 2)
        {
            throw new ArgumentException(
                $"A weight has two dimensions, [outputs, inputs]; this tensor has {tensor.Shape.Length}.", nameof(tensor));
        }

        Type = tensor.Type;
        Outputs = tensor.Shape[0];
        Inputs = tensor.Shape[1];
        TileRowCount = (Outputs + TileLayout.Outputs - 1) / TileLayout.Outputs;
        TileRowBytes = TileLayout.Outputs * Type.RowBytes(Inputs);
        _tiles = NativeBuffer.OfModel(checked(TileRowCount * TileRowBytes));
        RowLoop.Run(TileRowCount, new Tiling(this, tensor.Pointer));
        tensor.Dispose();
    }

    /// <summary>Takes over a weight of four-bit levels, which stays in its flat blocks.</summary>
    /// <param name="blocks">Owned from here on.</param>
    public WeightMatrix(FourBitBlocks blocks)
    {
        _fourBit = blocks;
        _tiles = new NativeBuffer(0);
        Type = blocks.Kind == FourBitKind.Nf4 ? ElementType.Nf4 : ElementType.Fp4;
        Outputs = blocks.Outputs;
        Inputs = blocks.Inputs;
        TileRowCount = (Outputs + TileLayout.Outputs - 1) / TileLayout.Outputs;
    }

    /// <summary>Rows of the matrix: numbers that the layer gives.</summary>
    public int Outputs { get; }

    /// <summary>Columns of the matrix: numbers that the layer takes.</summary>
    public int Inputs { get; }

    /// <summary>How the numbers are stored.</summary>
    public ElementType Type { get; }

    /// <summary>Bytes held.</summary>
    public long ByteLength => _fourBit?.ByteLength ?? _tiles.Length;

    /// <summary>The flat blocks of a four-bit weight; null for one in tiles.</summary>
    internal FourBitBlocks? FourBit => _fourBit;

    /// <summary>Rows of tiles: 16 outputs each, the last one filled up with zeros.</summary>
    internal int TileRowCount { get; }

    /// <summary>Bytes of a row of tiles.</summary>
    internal long TileRowBytes { get; }

    /// <summary>The first tile.</summary>
    internal byte* Tiles => _tiles.Pointer;

    /// <summary>Writes one row, an embedding or the weights of one output, to <paramref name="into"/>.</summary>
    /// <param name="row">In [0, Outputs).</param>
    /// <param name="into">[inputs].</param>
    /// <exception cref="ArgumentException">There is no such row, or the span has another length.</exception>
    public void DequantizeRow(int row, Span<float> into)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Outputs);
        ArgumentOutOfRangeException.ThrowIfNotEqual(into.Length, Inputs);
        if (_fourBit is not null)
        {
            _fourBit.Dequantize((long)row * Inputs, into);
            return;
        }

        const int BlockBytesMax = 256;
        Span<byte> block = stackalloc byte[BlockBytesMax];
        int size = Type.BlockSize();
        int bytes = Type.BlockBytes();
        byte* tile = Tiles + (row / TileLayout.Outputs * TileRowBytes);
        for (int column = 0; column < Inputs; column += size, tile += TileLayout.Outputs * bytes)
        {
            fixed (byte* to = block)
            {
                TileLayout.ReadBlock(Type, tile, row % TileLayout.Outputs, to);
            }

            BlockCodec.Dequantize(Type, block[..bytes], into.Slice(column, size));
        }
    }

    /// <summary>Overwrites one row of a single-precision matrix.</summary>
    /// <param name="row">In [0, Outputs).</param>
    /// <param name="values">[inputs].</param>
    /// <exception cref="InvalidOperationException">The matrix is stored in another type.</exception>
    internal void SetRow(int row, ReadOnlySpan<float> values)
    {
        if (Type != ElementType.F32)
        {
            throw new InvalidOperationException($"The matrix is stored as {Type}; only the rows of F32 can be set.");
        }

        float* tile = (float*)(Tiles + (row / TileLayout.Outputs * TileRowBytes)) + (row % TileLayout.Outputs);
        for (int input = 0; input < Inputs; input++)
        {
            tile[(long)input * TileLayout.Outputs] = values[input];
        }
    }

    /// <summary>The numbers as a tensor again, row by row.</summary>
    /// <exception cref="InvalidOperationException">The matrix is in four-bit levels, which no tensor holds.</exception>
    public Tensor ToTensor()
    {
        if (_fourBit is not null)
        {
            throw new InvalidOperationException($"A matrix of {Type} lies in flat blocks; dequantise it row by row.");
        }

        var tensor = new Tensor(Type, Outputs, Inputs);
        int bytes = Type.BlockBytes();
        long rowBytes = Type.RowBytes(Inputs);
        for (int row = 0; row < Outputs; row++)
        {
            byte* tile = Tiles + (row / TileLayout.Outputs * TileRowBytes);
            for (long at = 0; at < rowBytes; at += bytes)
            {
                TileLayout.ReadBlock(Type, tile + (at * TileLayout.Outputs), row % TileLayout.Outputs, tensor.Pointer + (row * rowBytes) + at);
            }
        }

        return tensor;
    }

    /// <summary>Moves the numbers of a single-precision matrix by one step of AdamW.</summary>
    /// <param name="gradients">[outputs, inputs], row by row.</param>
    /// <param name="firstMoments">In and out [outputs, inputs].</param>
    /// <param name="secondMoments">In and out [outputs, inputs].</param>
    /// <param name="step">Rates and the step's number.</param>
    /// <exception cref="InvalidOperationException">The matrix is stored in another type.</exception>
    internal void Step(float* gradients, float* firstMoments, float* secondMoments, AdamWStep step)
    {
        if (Type != ElementType.F32)
        {
            throw new InvalidOperationException($"The matrix is stored as {Type}; only F32 can learn. Make it single precision first.");
        }

        RowLoop.Run(TileRowCount, new Stepping(this, gradients, firstMoments, secondMoments, step));
    }

    /// <summary>The same numbers in single precision.</summary>
    public WeightMatrix ToSingle()
    {
        var floats = new Tensor(ElementType.F32, Outputs, Inputs);
        for (int row = 0; row < Outputs; row++)
        {
            DequantizeRow(row, new Span<float>((float*)floats.Pointer + ((long)row * Inputs), Inputs));
        }

        return new WeightMatrix(floats);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _tiles.Dispose();
        _fourBit?.Dispose();
    }

    private readonly struct Tiling(WeightMatrix matrix, byte* rows) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            int blockBytes = matrix.Type.BlockBytes();
            long rowBytes = matrix.Type.RowBytes(matrix.Inputs);
            for (int tileRow = firstRow; tileRow < endRow; tileRow++)
            {
                int outputs = Math.Min(TileLayout.Outputs, matrix.Outputs - (tileRow * TileLayout.Outputs));
                byte* from = rows + ((long)tileRow * TileLayout.Outputs * rowBytes);
                byte* tiles = matrix.Tiles + (tileRow * matrix.TileRowBytes);
                for (int output = 0; output < outputs; output++)
                {
                    for (long at = 0; at < rowBytes; at += blockBytes)
                    {
                        TileLayout.WriteBlock(matrix.Type, tiles + (at * TileLayout.Outputs), output, from + (output * rowBytes) + at);
                    }
                }
            }
        }
    }

    // A row of tiles is laid out row by row, moved, and laid back.
    private readonly struct Stepping(WeightMatrix matrix, float* gradients, float* first, float* second, AdamWStep step) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            int inputs = matrix.Inputs;
            float* rows = (float*)KernelScratch.Get(KernelScratch.Part.Tile, (long)TileLayout.Outputs * inputs * sizeof(float));
            for (int tileRow = firstRow; tileRow < endRow; tileRow++)
            {
                int outputs = Math.Min(TileLayout.Outputs, matrix.Outputs - (tileRow * TileLayout.Outputs));
                float* tiles = (float*)(matrix.Tiles + (tileRow * matrix.TileRowBytes));
                for (int output = 0; output < outputs; output++)
                {
                    for (int input = 0; input < inputs; input++)
                    {
                        rows[((long)output * inputs) + input] = tiles[((long)input * TileLayout.Outputs) + output];
                    }
                }

                long at = (long)tileRow * TileLayout.Outputs * inputs;
                step.Apply(rows, gradients + at, first + at, second + at, outputs * inputs);
                for (int output = 0; output < outputs; output++)
                {
                    for (int input = 0; input < inputs; input++)
                    {
                        tiles[((long)input * TileLayout.Outputs) + output] = rows[((long)output * inputs) + input];
                    }
                }
            }
        }
    }
}
