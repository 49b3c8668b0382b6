using Ratchet.Engine.Kernels;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Kernels;

public sealed unsafe class AttentionKernelTests
{
    // Row reductions to 4,096: see the house's table of tolerances.
    private const float Atol = 1e-5f;
    private const float Rtol = 1e-4f;

    [Theory]
    [InlineData(1, 1, 8, true)]
    [InlineData(5, 5, 12, true)]
    [InlineData(40, 150, 16, true)]
    [InlineData(3, 70, 64, true)]
    [InlineData(33, 33, 32, false)]
    public void Forward_agrees_with_the_plain_formulas(int queries, int keys, int size, bool isCausal)
    {
        var random = new Random(queries + keys);
        float[] query = Uniform(random, queries * size);
        float[] key = Uniform(random, keys * size);
        float[] value = Uniform(random, keys * size);
        float[] expected = new float[queries * size];
        AttentionKernel.ForwardPlain(expected, query, key, value, queries, keys, new AttentionShape(1, 1, size, isCausal));
        float[] actual = new float[queries * size];
        fixed (float* q = query, k = key, v = value, o = actual)
        {
            var segment = new AttentionSegment
            {
                Query = q,
                Key = k,
                Value = v,
                Output = o,
                QueryCount = queries,
                KeyCount = keys,
                KeyStride = size,
                KeyHeadStride = 0,
            };
            AttentionKernel.Forward(&segment, 1, new AttentionShape(1, 1, size, isCausal));
        }

        TensorAssert.Close(expected, actual, Atol, Rtol, "output");
    }

    // Grouped heads, two sequences in a row, the second perhaps after keys without queries; the loss is any fixed weighting of the output.
    [Theory]
    [InlineData(0, 0)]
    [InlineData(7, 0)]
    [InlineData(70, 0)]
    [InlineData(70, 4)]
    public void Backward_agrees_with_central_differences(int before, int window)
    {
        const int Heads = 4;
        const int Groups = 2;
        const int Size = 8;
        int[] lengths = [3, 5];
        const int Rows = 8;
        int[] keyCounts = [3, 5 + before];
        int keyRows = Rows + before;
        var shape = new AttentionShape(Heads, Groups, Size, IsCausal: true) { Window = window };
        var random = new Random(9);
        float[] query = Uniform(random, Rows * Heads * Size);
        float[] key = Uniform(random, keyRows * Groups * Size);
        float[] value = Uniform(random, keyRows * Groups * Size);
        float[] up = Uniform(random, Rows * Heads * Size);
        float[] output = new float[Rows * Heads * Size];
        float[] logSum = new float[Rows * Heads];
        float[] dQuery = new float[query.Length];
        float[] dKey = new float[key.Length];
        float[] dValue = new float[value.Length];
        float[] perHead = new float[2 * keyRows * Heads * Size];

        Loss(isBackward: true);
        TensorAssert.Close(Gradient.OfNumerically(() => Loss(isBackward: false), query, 1e-3f), dQuery, 2e-2f, 2e-2f, "dQuery");
        TensorAssert.Close(Gradient.OfNumerically(() => Loss(isBackward: false), key, 1e-3f), dKey, 2e-2f, 2e-2f, "dKey");
        TensorAssert.Close(Gradient.OfNumerically(() => Loss(isBackward: false), value, 1e-3f), dValue, 2e-2f, 2e-2f, "dValue");

        double Loss(bool isBackward)
        {
            fixed (float* q = query, k = key, v = value, o = output, l = logSum, u = up, dq = dQuery, dk = dKey, dv = dValue, p = perHead)
            {
                AttentionSegment* segments = stackalloc AttentionSegment[2];
                int row = 0;
                int keyRow = 0;
                for (int i = 0; i < 2; i++)
                {
                    segments[i] = new AttentionSegment
                    {
                        Query = q + (row * Heads * Size),
                        Key = k + (keyRow * Groups * Size),
                        Value = v + (keyRow * Groups * Size),
                        Output = o + (row * Heads * Size),
                        LogSum = l + (row * Heads),
                        QueryCount = lengths[i],
                        KeyCount = keyCounts[i],
                        KeyStride = Groups * Size,
                        KeyHeadStride = Size,
                    };
                    row += lengths[i];
                    keyRow += keyCounts[i];
                }

                AttentionKernel.Forward(segments, 2, shape);
                if (isBackward)
                {
                    AttentionKernel.Backward(dq, dk, dv, u, segments, 2, shape, p, Rows, keyRows);
                }
            }

            return output.Zip(up, (a, b) => (double)a * b).Sum();
        }
    }

    private static float[] Uniform(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 4f) - 2f)];
}
