using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Benchmarks;

/// <summary>A single-precision matrix in native memory.</summary>
internal sealed unsafe class Matrix : IDisposable
{
    private readonly NativeBuffer _buffer;

    private Matrix(int rows, int columns) => _buffer = new NativeBuffer((long)rows * columns * sizeof(float));

    public float* Pointer => (float*)_buffer.Pointer;

    public static Matrix Random(int rows, int columns, int seed)
    {
        var random = new Random(seed);
        var matrix = new Matrix(rows, columns);
        for (long i = 0; i < (long)rows * columns; i++)
        {
            matrix.Pointer[i] = (random.NextSingle() * 2f) - 1f;
        }

        return matrix;
    }

    /// <summary>A weight of random numbers, rounded to a stored type.</summary>
    public static WeightMatrix Weight(ElementType type, int outputs, int inputs)
    {
        using Matrix numbers = Random(outputs, inputs, 7);
        var tensor = new Tensor(type, outputs, inputs);
        BlockCodec.Quantize(type, new ReadOnlySpan<float>(numbers.Pointer, outputs * inputs), tensor.Bytes);
        return new WeightMatrix(tensor);
    }

    public void Dispose() => _buffer.Dispose();
}
