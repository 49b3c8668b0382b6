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
        _tiles = new NativeBuffer(checked(TileRowCount * TileRowBytes));
        RowLoop.Run(TileRowCount, new Tiling(this, tensor.Pointer));
        tensor.Dispose();
    }

    /// <summary>Rows of the matrix: numbers that the layer gives.</summary>
    public int Outputs { get; }

    /// <summary>Columns of the matrix: numbers that the layer takes.</summary>
    public int Inputs { get; }

    /// <summary>How the numbers are stored.</summary>
    public ElementType Type { get; }

    /// <summary>Bytes held.</summary>
    public long ByteLength => _tiles.Length;

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
        const int BlockBytesMax = 34;
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

    /// <summary>The numbers as a tensor again, row by row.</summary>
    public Tensor ToTensor()
    {
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
    public void Dispose() => _tiles.Dispose();

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
}
