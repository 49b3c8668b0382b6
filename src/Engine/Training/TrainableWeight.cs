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
internal sealed record TrainableWeight(string Name, long Offset, int Rows, int Columns, WeightMatrix? Matrix, Tensor? Tensor)
{
    /// <summary>Numbers.</summary>
    public int Count => checked(Rows * Columns);
}
