using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Models;

/// <summary>Turns weights in memory into the tensors of a file, and measures what the file's type costs.</summary>
internal static unsafe class StoredRows
{
    /// <summary>The type itself, or what holds rows of such a length instead: a block of 32 for one of 256, else F16.</summary>
    /// <remarks>Source: llama.cpp, https://github.com/ggml-org/llama.cpp, src/llama-quant.cpp, tensor_type_fallback.</remarks>
    public static ElementType Fitting(ElementType type, int columns)
    {
        ElementType fitting = columns % type.BlockSize() == 0 ? type : type switch
        {
            ElementType.Q4_K => ElementType.Q5_0,
            ElementType.Q6_K => ElementType.Q8_0,
            _ => ElementType.F16,
        };
        return columns % fitting.BlockSize() == 0 ? fitting : ElementType.F16;
    }

    /// <summary>A matrix in a type; stored blocks of that type go as they are.</summary>
    /// <param name="matrix">The weight.</param>
    /// <param name="type">The file's type.</param>
    /// <param name="rowOf">The row of the weight that a row of the file holds.</param>
    /// <param name="largest">The largest difference.</param>
    /// <exception cref="ArgumentException">A block's scale is beyond half precision.</exception>
    public static Tensor Matrix(WeightMatrix matrix, ElementType type, Func<int, int> rowOf, out float largest)
    {
        var tensor = new Tensor(type, matrix.Outputs, matrix.Inputs);
        try
        {
            int rowBytes = (int)type.RowBytes(matrix.Inputs);
            bool isSame = matrix.Type == type;
            float[] numbers = new float[matrix.Inputs];
            float[] stored = new float[matrix.Inputs];
            using Tensor? own = isSame ? matrix.ToTensor() : null;
            largest = 0f;
            for (int row = 0; row < matrix.Outputs; row++)
            {
                var into = new Span<byte>(tensor.Pointer + ((long)row * rowBytes), rowBytes);
                if (own is not null)
                {
                    new ReadOnlySpan<byte>(own.Pointer + ((long)rowOf(row) * rowBytes), rowBytes).CopyTo(into);
                    continue;
                }

                matrix.DequantizeRow(rowOf(row), numbers);
                largest = MathF.Max(largest, Store(type, numbers, into, stored));
            }

            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    /// <summary>A table or vector in a type without blocks.</summary>
    /// <param name="numbers">In order.</param>
    /// <param name="type">F32, F16 or BF16.</param>
    /// <param name="shape">Outermost dimension first.</param>
    /// <param name="largest">The largest difference.</param>
    public static Tensor Floats(ReadOnlySpan<float> numbers, ElementType type, ReadOnlySpan<int> shape, out float largest)
    {
        var tensor = new Tensor(type, shape);
        float[] stored = new float[numbers.Length];
        largest = Store(type, numbers, tensor.Bytes, stored);
        return tensor;
    }

    private static float Store(ElementType type, ReadOnlySpan<float> numbers, Span<byte> into, Span<float> stored)
    {
        BlockCodec.Quantize(type, numbers, into);
        if (type == ElementType.F32)
        {
            return 0f;
        }

        BlockCodec.Dequantize(type, into, stored);
        float largest = 0f;
        for (int i = 0; i < numbers.Length; i++)
        {
            largest = MathF.Max(largest, MathF.Abs(stored[i] - numbers[i]));
        }

        return largest;
    }
}
