using Ratchet.Engine.Kernels;

namespace Ratchet.Engine.Tests.Kernels;

/// <summary>Products of 16-bit integers: the formula's own integers on every vector width, up to the last that 32 bits hold.</summary>
[Collection(KernelSettings.Name)]
public sealed unsafe class WordProductTests
{
    public static TheoryData<VectorWidth> Widths => KernelSettings.Widths;

    [Theory]
    [MemberData(nameof(Widths))]
    public void Products_are_the_formula_s_on_every_shape(VectorWidth width) => KernelSettings.With(width, 1, () =>
    {
        var random = new Random(7);
        for (int attempt = 0; attempt < 300; attempt++)
        {
            int rows = random.Next(1, 18);
            int groups = random.Next(1, 8);
            int steps = random.Next(1, 40);
            int aStride = (2 * steps) + random.Next(0, 5);
            int cStride = (16 * groups) + random.Next(0, 5);
            int groupStride = (32 * steps) + random.Next(0, 40);
            short[] a = Words(random, rows * aStride, 5000);
            short[] b = Words(random, groups * groupStride, 5000);
            int[] c = new int[rows * cStride];
            int[] expected = new int[rows * cStride];
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < 16 * groups; j++)
                {
                    for (int k = 0; k < 2 * steps; k++)
                    {
                        expected[(i * cStride) + j] += a[(i * aStride) + k] * b[(j / 16 * groupStride) + (k / 2 * 32) + (j % 16 * 2) + (k % 2)];
                    }
                }
            }

            fixed (int* cAt = c)
            {
                fixed (short* aAt = a, bAt = b)
                {
                    WordProduct.Multiply(cAt, cStride, aAt, aStride, bAt, groupStride, groups, steps, rows);
                }
            }

            Assert.Equal(expected, c);
        }
    });

    [Theory]
    [MemberData(nameof(Widths))]
    public void The_largest_words_do_not_saturate(VectorWidth width) => KernelSettings.With(width, 1, () =>
    {
        short[] a = [short.MaxValue, -short.MaxValue];
        short[] b = [.. Enumerable.Repeat(a, 32).SelectMany(pair => pair)];
        int[] c = new int[32];
        fixed (int* cAt = c)
        {
            fixed (short* aAt = a, bAt = b)
            {
                WordProduct.Multiply(cAt, 32, aAt, 2, bAt, 32, 2, 1, 1);
            }
        }

        Assert.All(c, number => Assert.Equal(2 * short.MaxValue * short.MaxValue, number));
    });

    private static short[] Words(Random random, int count, int max) => [.. Enumerable.Range(0, count).Select(_ => (short)random.Next(-max, max + 1))];
}
