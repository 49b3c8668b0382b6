using Ratchet.Engine.Kernels;
using Ratchet.Engine.Kernels.Emitted;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Quantization.Emitted;
using Ratchet.Engine.Tests.Kernels;

namespace Ratchet.Engine.Tests.Quantization;

/// <summary>Products with an adapter's B: near the formula, with the same bits on every path, and within 32 bits whatever the rank.</summary>
[Collection(KernelSettings.Name)]
public sealed unsafe class ExpansionMatrixTests
{
    private static readonly (int Rows, int Rank, int Outputs)[] Shapes =
        [(1, 16, 64), (1, 1, 1), (2, 3, 17), (3, 16, 48), (4, 8, 33), (5, 5, 15), (6, 64, 32), (7, 40, 100), (8, 16, 576), (13, 20, 31), (24, 4, 16)];

    [Fact]
    public void Every_path_gives_the_same_bits_near_the_formula()
    {
        foreach ((int rows, int rank, int outputs) in Shapes)
        {
            float[] z = Numbers.Random(rows * rank, 1);
            float[] b = Numbers.Random(rank * outputs, 2);
            float[] before = Numbers.Random(rows * outputs, 3);

            // A row of nothing, an output of nothing, and one number far larger than its neighbours.
            z.AsSpan(0, rows > 1 ? rank : 0).Clear();
            b[^1] = 50f;
            for (int r = 0; r < rank && outputs > 1; r++)
            {
                b[r * outputs] = 0f;
            }

            float[] plain = With(VectorWidth.Plain, MatrixUnit.None, () => Run(z, b, before, rows, rank, outputs));
            double[] expected = new double[rows * outputs];
            for (int i = 0; i < rows * outputs; i++)
            {
                expected[i] = before[i] + (-0.5 * Enumerable.Range(0, rank).Sum(r => (double)z[(i / outputs * rank) + r] * b[(r * outputs) + (i % outputs)]));
            }

            // Bytes of B, one output's with a far coarser scale.
            Assert.InRange(Numbers.NormalisedError(expected, plain), 0, 5e-4);
            foreach (TheoryDataRow<VectorWidth> width in KernelSettings.Widths)
            {
                Assert.Equal(plain, With(width.Data, MatrixUnit.None, () => Run(z, b, before, rows, rank, outputs)));
            }

            if (ProcessorUnits.HasByteDot)
            {
                Assert.Equal(plain, With(VectorWidth.Bits512, MatrixPath.Best, () =>
                {
                    Assert.Equal(MatrixPath.Best != MatrixUnit.None, ExpansionCode.IsUsed);
                    return Run(z, b, before, rows, rank, outputs);
                }));
            }
        }
    }

    [Theory]
    [InlineData(512)]
    [InlineData(1024)]
    public void Sums_of_large_ranks_do_not_overflow(int rank)
    {
        float[] z = [.. Enumerable.Repeat(2f, rank)];
        float[] b = [.. Enumerable.Repeat(-3f, rank * 16)];
        foreach ((VectorWidth width, MatrixUnit unit) in ((VectorWidth, MatrixUnit)[])[(VectorWidth.Plain, MatrixUnit.None), (VectorPath.Widest, MatrixPath.Best)])
        {
            float[] y = With(width, unit, () => Run(z, b, new float[16], 1, rank, 16));
            Assert.All(y, value => Assert.InRange(value, 3f * rank * 0.9999f, 3f * rank * 1.0001f));
        }
    }

    [Fact]
    public void Nothing_beside_the_outputs_is_touched()
    {
        const int Rank = 16;
        const int Outputs = 21;
        const int Stride = 40;
        float[] y = [.. Enumerable.Repeat(7f, 9 * Stride)];
        With(VectorPath.Widest, MatrixPath.Best, () => Run(Numbers.Random(9 * Rank, 1), Numbers.Random(Rank * Outputs, 2), y, 9, Rank, Outputs, Stride));
        for (int i = 0; i < y.Length; i++)
        {
            Assert.Equal(i % Stride >= Outputs, y[i] == 7f);
        }
    }

    // before - 0.5 · z · Bᵀ
    private static float[] Run(float[] z, float[] b, float[] before, int rows, int rank, int outputs)
    {
        float[] y = [.. before];
        return Run(z, b, y, rows, rank, outputs, outputs);
    }

    private static float[] Run(float[] z, float[] b, float[] y, int rows, int rank, int outputs, int stride)
    {
        int padded = ExpansionRows.Padded(rank);
        float[] wide = [.. Enumerable.Repeat(1e9f, rows * padded)];
        for (int i = 0; i < z.Length; i++)
        {
            wide[(i / rank * padded) + (i % rank)] = z[i];
        }

        byte[] rounded = new byte[rows * ExpansionRows.RowBytes(rank)];
        fixed (float* bAt = b, zAt = wide, yAt = y)
        fixed (byte* roundedAt = rounded)
        {
            using var matrix = new ExpansionMatrix(bAt, rank, outputs);
            ExpansionRows.Round(zAt, rows, rank, -0.5f, roundedAt);
            ExpansionMatrix.Add(yAt, stride, roundedAt, rows, rank, matrix.Tiles, outputs);
        }

        return y;
    }

    private static float[] With(VectorWidth width, MatrixUnit unit, Func<float[]> run)
    {
        MatrixUnit before = MatrixPath.Unit;
        try
        {
            MatrixPath.Unit = unit;
            float[] result = [];
            KernelSettings.With(width, 1, () => result = run());
            return result;
        }
        finally
        {
            MatrixPath.Unit = before;
        }
    }
}
