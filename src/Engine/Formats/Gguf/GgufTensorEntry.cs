using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Formats.Gguf;

/// <summary>A tensor that <see cref="GgufWriter"/> is to write.</summary>
/// <param name="Name">At most 63 bytes of UTF-8, as ggml keeps no more.</param>
/// <param name="Type">How the numbers are stored.</param>
/// <param name="Shape">Outermost dimension first.</param>
/// <param name="Make">Gives the numbers when their turn has come; the writer disposes of them.</param>
public sealed record GgufTensorEntry(string Name, ElementType Type, IReadOnlyList<int> Shape, Func<Tensor> Make)
{
    /// <summary>Bytes of data.</summary>
    /// <exception cref="ArgumentException">Rows do not end at a block's end.</exception>
    public long ByteLength
    {
        get
        {
            long rows = 1;
            for (int i = 0; i < Shape.Count - 1; i++)
            {
                rows = checked(rows * Shape[i]);
            }

            return checked(rows * Type.RowBytes(Shape[^1]));
        }
    }
}
