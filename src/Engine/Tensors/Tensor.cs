namespace Ratchet.Engine.Tensors;

/// <summary>Numbers of one <see cref="ElementType"/> in native memory, row-major, the last dimension contiguous.</summary>
public sealed unsafe class Tensor : IDisposable
{
    private readonly NativeBuffer _buffer;
    private readonly int[] _shape;

    /// <summary>Allocates a tensor of zeros.</summary>
    /// <param name="type">How its numbers are stored.</param>
    /// <param name="shape">Outermost dimension first; empty for a single number.</param>
    /// <exception cref="ArgumentException">A dimension is negative, or rows do not end at a block's end.</exception>
    public Tensor(ElementType type, params ReadOnlySpan<int> shape)
    {
        Type = type;
        _shape = shape.ToArray();
        long count = 1;
        foreach (int dimension in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(dimension, nameof(shape));
            count = checked(count * dimension);
        }

        Count = count;
        long columns = shape.Length == 0 ? 1 : shape[^1];
        ByteLength = columns == 0 ? 0 : checked(count / columns * type.RowBytes(columns));
        _buffer = new NativeBuffer(ByteLength);
    }

    /// <summary>How the numbers are stored.</summary>
    public ElementType Type { get; }

    /// <summary>Dimensions, outermost first.</summary>
    public ReadOnlySpan<int> Shape => _shape;

    /// <summary>Numbers in the tensor.</summary>
    public long Count { get; }

    /// <summary>Bytes that the numbers take.</summary>
    public long ByteLength { get; }

    /// <summary>The first byte.</summary>
    public byte* Pointer => _buffer.Pointer;

    /// <summary>The stored bytes; for tensors below 2 GiB.</summary>
    public Span<byte> Bytes => _buffer.AsSpan<byte>(0, checked((int)ByteLength));

    /// <summary>The numbers of an <see cref="ElementType.F32"/> tensor.</summary>
    /// <exception cref="InvalidOperationException">The tensor is stored in another type.</exception>
    public Span<float> Floats => Type == ElementType.F32
        ? _buffer.AsSpan<float>(0, checked((int)Count))
        : throw new InvalidOperationException($"The tensor is stored as {Type}, not F32; dequantise it first.");

    /// <summary>Makes an F32 tensor of given numbers.</summary>
    /// <exception cref="ArgumentException">The shape has another number of elements.</exception>
    public static Tensor FromFloats(ReadOnlySpan<float> values, params ReadOnlySpan<int> shape)
    {
        var tensor = new Tensor(ElementType.F32, shape);
        if (tensor.Count != values.Length)
        {
            tensor.Dispose();
            throw new ArgumentException($"{values.Length} numbers do not fill a tensor of {tensor.Count}.", nameof(values));
        }

        values.CopyTo(tensor.Floats);
        return tensor;
    }

    /// <inheritdoc/>
    public void Dispose() => _buffer.Dispose();
}
