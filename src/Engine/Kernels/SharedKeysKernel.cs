using System.Numerics.Tensors;

namespace Ratchet.Engine.Kernels;

/// <summary>Keys and values of segments that share what stands before them, laid out as attention reads them, and the gradient of that.</summary>
/// <remarks>
/// <code>
/// gathered[FirstKey(n) + position] = x[row of that position in n or a node before it]
/// dx[row] = Σ over the nodes n that see the row of dgathered[FirstKey(n) + position of the row], in the order of the nodes
/// </code>
/// A copy costs little beside the products that make the rows, and attention needs to know nothing of trees.
/// </remarks>
internal static unsafe class SharedKeysKernel
{
    /// <summary>Copies every segment's keys, its ancestors' first, into rows of its own.</summary>
    /// <param name="gathered">Output [Σ KeyCount, columns].</param>
    /// <param name="x">[rows, columns].</param>
    /// <param name="segments">[count].</param>
    /// <param name="count">Segments.</param>
    /// <param name="columns">Numbers a row.</param>
    public static void Gather(float* gathered, float* x, SharedSegment* segments, int count, int columns)
        => RowLoop.Run(count, 1, new GatherBody(gathered, x, segments, columns));

    /// <summary>Sums the gradients of gathered rows into the rows that they were copied from.</summary>
    /// <param name="dx">Output [rows, columns]; written, not added to.</param>
    /// <param name="dGathered">[Σ KeyCount, columns].</param>
    /// <param name="segments">[count].</param>
    /// <param name="count">Segments.</param>
    /// <param name="columns">Numbers a row.</param>
    /// <param name="rows">Rows of all segments.</param>
    public static void Fold(float* dx, float* dGathered, SharedSegment* segments, int count, int columns, int rows)
        => RowLoop.Run(rows, RowChunk.Rows(rows, 4L * columns), new FoldBody(dx, dGathered, segments, count, columns));

    private readonly struct GatherBody(float* gathered, float* x, SharedSegment* segments, int columns) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            for (int node = firstRow; node < endRow; node++)
            {
                long into = segments[node].FirstKey;
                for (int at = node; at >= 0; at = segments[at].Parent)
                {
                    int count = segments[at].RowCount * columns;
                    new ReadOnlySpan<float>(x + ((long)segments[at].FirstRow * columns), count)
                        .CopyTo(new Span<float>(gathered + ((into + segments[at].Before) * columns), count));
                }
            }
        }
    }

    private readonly struct FoldBody(float* dx, float* dGathered, SharedSegment* segments, int count, int columns) : IRowBody
    {
        public void Invoke(int firstRow, int endRow)
        {
            int node = 0;
            for (int row = firstRow; row < endRow; row++)
            {
                while (node < count - 1 && segments[node + 1].FirstRow <= row)
                {
                    node++;
                }

                int position = segments[node].Before + row - segments[node].FirstRow;
                var sum = new Span<float>(dx + ((long)row * columns), columns);
                Gathered(node, position).CopyTo(sum);
                for (int heir = node + 1; heir < segments[node].End; heir++)
                {
                    TensorPrimitives.Add(sum, Gathered(heir, position), sum);
                }
            }
        }

        private ReadOnlySpan<float> Gathered(int node, int position)
            => new(dGathered + (((long)segments[node].FirstKey + position) * columns), columns);
    }
}
