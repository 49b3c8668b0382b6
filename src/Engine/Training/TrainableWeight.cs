using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Training;

/// <summary>One weight that learns.</summary>
/// <param name="Name">As the model's files call it.</param>
/// <param name="Offset">Where its gradient begins.</param>
/// <param name="Rows">Outputs, or 1 for a vector.</param>
/// <param name="Columns">Inputs, or the vector's length.</param>
/// <param name="Matrix">Where its numbers lie, in tiles; null where they lie in <paramref name="Tensor"/>.</param>
/// <param name="Tensor">Where its numbers lie, row by row.</param>
/// <param name="IsStoredTransposed">Whether the model's own files hold it as [columns, rows].</param>
internal sealed record TrainableWeight(
    string Name, long Offset, int Rows, int Columns, WeightMatrix? Matrix, Tensor? Tensor, bool IsStoredTransposed = false)
{
    /// <summary>Numbers.</summary>
    public int Count => checked(Rows * Columns);

    /// <summary>A copy as the model's files hold it.</summary>
    public unsafe Tensor ToStored()
    {
        if (Matrix is null)
        {
            return Tensors.Tensor.FromFloats(Tensor!.Floats, Tensor.Shape);
        }

        if (!IsStoredTransposed)
        {
            return Matrix.ToTensor();
        }

        var stored = new Tensor(ElementType.F32, Columns, Rows);
        float[] row = new float[Columns];
        for (int output = 0; output < Rows; output++)
        {
            Matrix.DequantizeRow(output, row);
            for (int input = 0; input < Columns; input++)
            {
                ((float*)stored.Pointer)[((long)input * Rows) + output] = row[input];
            }
        }

        return stored;
    }

    /// <summary>Puts numbers back as the model's files hold them.</summary>
    public void Restore(ReadOnlySpan<float> stored)
    {
        if (Matrix is null)
        {
            stored.CopyTo(Tensor!.Floats);
            return;
        }

        float[] row = new float[Columns];
        for (int output = 0; output < Rows; output++)
        {
            for (int input = 0; input < Columns; input++)
            {
                row[input] = stored[IsStoredTransposed ? (input * Rows) + output : (output * Columns) + input];
            }

            Matrix.SetRow(output, row);
        }
    }
}
