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

    public void Dispose() => _buffer.Dispose();
}
