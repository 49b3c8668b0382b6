using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Models;

/// <summary>Order of the rows of query and key weights within a head.</summary>
/// <remarks>
/// <code>
/// GGUF's llama:   row 2i and row 2i+1 of a head are turned together        0 4 1 5 2 6 3 7
/// Hugging Face:   row i and row i + half are turned together               0 1 2 3 4 5 6 7
/// </code>
/// We keep Hugging Face's, so that PEFT adapters fit as they are. Whole rows move; their blocks stay as stored.
/// </remarks>
internal static unsafe class RotaryRows
{
    /// <summary>Where a row of GGUF's order is in ours.</summary>
    /// <param name="row">In GGUF's order.</param>
    /// <param name="half">Half the size of a head.</param>
    public static int Apart(int row, int half) => (row / (2 * half) * 2 * half) + (row % 2 * half) + (row % (2 * half) / 2);

    /// <summary>GGUF's order to ours.</summary>
    public static Tensor PutApart(Tensor weight, int heads)
    {
        int outputs = weight.Shape[0];
        int half = outputs / heads / 2;
        long rowBytes = weight.Type.RowBytes(weight.Shape[1]);
        var result = new Tensor(weight.Type, weight.Shape);
        for (int row = 0; row < outputs; row++)
        {
            Copy(row, Apart(row, half));
        }

        return result;

        void Copy(long from, long into) => Buffer.MemoryCopy(
            weight.Pointer + (from * rowBytes), result.Pointer + (into * rowBytes), rowBytes, rowBytes);
    }
}
