using Ratchet.Engine.Kernels;

namespace Ratchet.Engine.Tests.Kernels;

public sealed unsafe class SharedKeysKernelTests
{
    private const int Columns = 3;

    // Rows 0-1; 2-4 go on from them, and 5 from these; 6-7 go on from 0-1; 8-11 stand alone.
    private static readonly (int Rows, int Parent, int End)[] Nodes = [(2, -1, 4), (3, 0, 3), (1, 1, 3), (2, 0, 4), (4, -1, 5)];

    [Fact]
    public void Every_segment_gets_the_keys_before_it_in_the_order_of_positions()
    {
        SharedSegment[] segments = Segments(out int rows, out int keys);
        float[] x = [.. Enumerable.Range(0, rows * Columns).Select(i => (float)i)];
        float[] gathered = new float[keys * Columns];
        fixed (SharedSegment* nodes = segments)
        fixed (float* from = x, into = gathered)
        {
            SharedKeysKernel.Gather(into, from, nodes, segments.Length, Columns);
        }

        int[] expected = [0, 1, /* 1 */ 0, 1, 2, 3, 4, /* 2 */ 0, 1, 2, 3, 4, 5, /* 3 */ 0, 1, 6, 7, /* 4 */ 8, 9, 10, 11];
        Assert.Equal(expected.SelectMany(row => Enumerable.Range(row * Columns, Columns).Select(i => (float)i)), gathered);
    }

    [Fact]
    public void A_row_gets_the_gradients_of_all_its_copies()
    {
        SharedSegment[] segments = Segments(out int rows, out int keys);
        var random = new Random(3);
        float[] dGathered = [.. Enumerable.Range(0, keys * Columns).Select(_ => (float)random.Next(-9, 9))];
        float[] dx = [.. Enumerable.Repeat(float.NaN, rows * Columns)];
        int[] copies = [0, 1, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 5, 0, 1, 6, 7, 8, 9, 10, 11];
        float[] expected = new float[dx.Length];
        for (int i = 0; i < dGathered.Length; i++)
        {
            expected[(copies[i / Columns] * Columns) + (i % Columns)] += dGathered[i];
        }

        fixed (SharedSegment* nodes = segments)
        fixed (float* from = dGathered, into = dx)
        {
            SharedKeysKernel.Fold(into, from, nodes, segments.Length, Columns, rows);
        }

        Assert.Equal(expected, dx);
    }

    private static SharedSegment[] Segments(out int rows, out int keys)
    {
        var segments = new SharedSegment[Nodes.Length];
        (rows, keys) = (0, 0);
        for (int i = 0; i < segments.Length; i++)
        {
            (int count, int parent, int end) = Nodes[i];
            segments[i] = new SharedSegment
            {
                FirstRow = rows,
                RowCount = count,
                Parent = parent,
                Before = parent < 0 ? 0 : segments[parent].KeyCount,
                End = end,
                FirstKey = keys,
            };
            rows += count;
            keys += segments[i].KeyCount;
        }

        return segments;
    }
}
