using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Quantization;

/// <summary>The weight of a linear layer or an embedding, [outputs, inputs], in its stored blocks.</summary>
public sealed unsafe class WeightMatrix : IDisposable
{
    private readonly Tensor _tensor;
    private readonly long _rowBytes;

    /// <summary>Takes over a tensor, which must not be used or disposed of by others afterwards.</summary>
    /// <param name="tensor">[outputs, inputs] of any element type.</param>
    /// <exception cref="ArgumentException">The tensor does not have two dimensions.</exception>
    public WeightMatrix(Tensor tensor)
    {
        if (tensor.Shape.Length != 2)
        {
            throw new ArgumentException(
                $"A weight has two dimensions, [outputs, inputs]; this tensor has {tensor.Shape.Length}.", nameof(tensor));
        }

        _tensor = tensor;
        Outputs = tensor.Shape[0];
        Inputs = tensor.Shape[1];
        _rowBytes = tensor.Type.RowBytes(Inputs);
    }

    /// <summary>Rows of the matrix: numbers that the layer gives.</summary>
    public int Outputs { get; }

    /// <summary>Columns of the matrix: numbers that the layer takes.</summary>
    public int Inputs { get; }

    /// <summary>How the numbers are stored.</summary>
    public ElementType Type => _tensor.Type;

    /// <summary>Bytes held.</summary>
    public long ByteLength => _tensor.ByteLength;

    /// <summary>Writes one row, an embedding or the weights of one output, to <paramref name="into"/>.</summary>
    /// <param name="row">In [0, Outputs).</param>
    /// <param name="into">[inputs].</param>
    /// <exception cref="ArgumentException">There is no such row, or the span has another length.</exception>
    public void DequantizeRow(int row, Span<float> into)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Outputs);
        ArgumentOutOfRangeException.ThrowIfNotEqual(into.Length, Inputs);
        BlockCodec.Dequantize(Type, new ReadOnlySpan<byte>(_tensor.Pointer + (row * _rowBytes), checked((int)_rowBytes)), into);
    }

    /// <inheritdoc/>
    public void Dispose() => _tensor.Dispose();
}
