using System.Numerics.Tensors;

namespace Ratchet.Engine.Kernels;

/// <summary>Rows of a table by id, and the gradient of the table.</summary>
public static unsafe class EmbeddingKernel
{
    /// <summary>y[i,:] = table[ids[i],:], or y += with <paramref name="accumulate"/>.</summary>
    /// <param name="y">Output [rows, dim].</param>
    /// <param name="table">[vocabulary, dim].</param>
    /// <param name="ids">Each in [0, vocabulary).</param>
    /// <param name="dim">Columns.</param>
    /// <param name="accumulate">Adds to y in place of overwriting it.</param>
    public static void Forward(float* y, float* table, ReadOnlySpan<int> ids, int dim, bool accumulate = false)
    {
        for (int i = 0; i < ids.Length; i++)
        {
            var from = new ReadOnlySpan<float>(table + ((long)ids[i] * dim), dim);
            var into = new Span<float>(y + ((long)i * dim), dim);
            if (accumulate)
            {
                TensorPrimitives.Add(into, from, into);
            }
            else
            {
                from.CopyTo(into);
            }
        }
    }

    /// <summary>dTable[ids[i],:] += dy[i,:].</summary>
    /// <param name="dTable">Added to [vocabulary, dim].</param>
    /// <param name="dy">Gradient of the output [rows, dim].</param>
    /// <param name="ids">As given to <see cref="Forward"/>.</param>
    /// <param name="dim">Columns.</param>
    public static void Backward(float* dTable, float* dy, ReadOnlySpan<int> ids, int dim)
    {
        // In the order of the rows: an id that comes twice must be summed in one order.
        for (int i = 0; i < ids.Length; i++)
        {
            var into = new Span<float>(dTable + ((long)ids[i] * dim), dim);
            TensorPrimitives.Add(into, new ReadOnlySpan<float>(dy + ((long)i * dim), dim), into);
        }
    }
}
