using Ratchet.Engine.Kernels;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;
using Ratchet.Engine.Tests.Quantization;

namespace Ratchet.Engine.Tests.Kernels;

/// <summary>Low-rank products taken in one walk, and as part of a larger product (F4).</summary>
[Collection(KernelSettings.Name)]
public unsafe class LowRankReadTests
{
    /// <summary>Rows, columns, rank: one part, a part and a row, all parts with a short last one, tails of rows and of columns.</summary>
    private static readonly (int Rows, int Columns, int Rank)[] Shapes =
        [(1, 1, 1), (3, 17, 2), (64, 96, 4), (65, 97, 5), (200, 33, 8), (1030, 100, 3), (1100, 192, 9)];

    public static TheoryData<VectorWidth> Widths => KernelSettings.Widths;

    [Theory]
    [MemberData(nameof(Widths))]
    public void One_walk_gives_the_products_and_adds_the_gradients_of_three_layers(VectorWidth width) => KernelSettings.With(width, 2, () =>
    {
        foreach ((int rows, int columns, int rank) in Shapes)
        {
            float[] x = Numbers.Random(rows * columns, 1);
            float[] p = Numbers.Random(rank * columns, 2);
            float[] z = Numbers.Random(rows * rank, 3);
            float[] start = Numbers.Random(rank * columns, 4);
            double[] product = Numbers.Product((i, j) => x[(i * columns) + j], (j, r) => p[(r * columns) + j], rows, columns, rank, 0.5);
            double[] gradient = Numbers.Product((r, i) => z[(i * rank) + r], (i, j) => x[(i * columns) + j], rank, rows, columns, 1, start);
            (float[] products, float[] gradients) = Walk(x, rows, columns, rank, p, z, start);
            for (int i = 0; i < LowRankRead.Most; i++)
            {
                Numbers.AssertNear(product, products.AsSpan(i * rows * rank, rows * rank));
                Numbers.AssertNear(gradient, gradients.AsSpan(i * rank * columns, rank * columns));
            }
        }
    });

    [Theory]
    [MemberData(nameof(Widths))]
    public void Threads_do_not_change_a_bit(VectorWidth width)
    {
        (int rows, int columns, int rank) = (1100, 200, 6);
        float[] x = Numbers.Random(rows * columns, 1);
        float[] p = Numbers.Random(rank * columns, 2);
        float[] z = Numbers.Random(rows * rank, 3);
        float[] start = new float[rank * columns];
        var made = new List<(float[] Products, float[] Gradients)>();
        for (int threads = 1; threads <= 3; threads++)
        {
            KernelSettings.With(width, threads, () => made.Add(Walk(x, rows, columns, rank, p, z, start)));
        }

        Assert.All(made, one => Assert.Equal(made[0].Products, one.Products));
        Assert.All(made, one => Assert.Equal(made[0].Gradients, one.Gradients));
    }

    [Fact]
    public void A_walk_that_rounds_leaves_zeros_where_the_last_step_has_no_columns()
    {
        const int Rows = 70;
        const int Columns = 45;
        float[] x = Numbers.Random(Rows * Columns, 1);
        ushort[] rounded = new ushort[Bfloat16Product.RoundedNumbers(Rows, Columns)];
        rounded.AsSpan().Fill(0x4242);
        fixed (float* xAt = x)
        fixed (ushort* roundedAt = rounded)
        {
            new LowRankRead { X = xAt, Rows = Rows, Columns = Columns, Rounded = roundedAt }.Run();
        }

        int padded = Bfloat16Product.Padded(Columns);
        for (int i = 0; i < Rows * padded; i++)
        {
            (int row, int column) = (i / padded, i % padded);
            uint expected = column < Columns ? Bfloat16Kernel.Round(x[(row * Columns) + column]) >> 16 : 0;
            Assert.Equal(expected, rounded[i]);
        }
    }

    [Theory]
    [InlineData(Precision.Float32)]
    [InlineData(Precision.BFloat16)]
    public void A_product_adds_the_term_to_its_own_result_and_a_gradient_likewise(Precision precision)
    {
        foreach ((int rows, int columns, int rank) in Shapes)
        {
            const int Depth = 672;
            float[] x = Numbers.Random(rows * Depth, 1);
            float[] z = Numbers.Random(rows * rank, 3);
            float[] factor = Numbers.Random(rank * columns, 4);
            float[] transposed = Numbers.Random(rank * Depth, 5);
            float[] y = new float[rows * columns];
            float[] plain = new float[rows * columns];
            float[] dx = new float[rows * Depth];
            float[] plainGradient = new float[rows * Depth];
            using WeightMatrix weight = Weights.Random(ElementType.Q4_1, columns, Depth, 2, out _);
            fixed (float* xAt = x, zAt = z, factorAt = factor, transposedAt = transposed, yAt = y, plainAt = plain, dxAt = dx, plainDxAt = plainGradient)
            {
                LinearKernel.Forward(plainAt, xAt, rows, weight, accumulate: false, precision);
                var term = new LowRankTerm { Z = zAt, Factor = factorAt, Columns = columns, Rank = rank };
                LinearKernel.Forward(yAt, xAt, rows, weight, 0, columns, accumulate: false, precision, term);
                LinearKernel.BackwardInput(plainDxAt, plainAt, rows, weight, precision);
                term = new LowRankTerm { Z = zAt, Factor = transposedAt, Columns = Depth, Rank = rank };
                LinearKernel.BackwardInput(dxAt, plainAt, rows, weight, 0, columns, precision, term);
            }

            Numbers.AssertNear(Numbers.Product((i, r) => z[(i * rank) + r], (r, j) => factor[(r * columns) + j], rows, rank, columns, 1, plain), y);
            Numbers.AssertNear(
                Numbers.Product((i, r) => z[(i * rank) + r], (r, j) => transposed[(r * Depth) + j], rows, rank, Depth, 1, plainGradient), dx);
        }
    }

    // As many layers as a walk takes, all with the same factor: their products and gradients, one after another.
    private static (float[] Products, float[] Gradients) Walk(float[] x, int rows, int columns, int rank, float[] p, float[] z, float[] start)
    {
        float[] products = new float[LowRankRead.Most * rows * rank];
        float[] gradients = [.. Enumerable.Range(0, LowRankRead.Most).SelectMany(_ => start)];
        fixed (float* xAt = x, pAt = p, zAt = z, productsAt = products, gradientsAt = gradients)
        {
            var read = new LowRankRead { X = xAt, Rows = rows, Columns = columns };
            for (int i = 0; i < LowRankRead.Most; i++)
            {
                read.Project(productsAt + (i * rows * rank), pAt, rank, 0.5f);
                read.AddTo(gradientsAt + (i * rank * columns), zAt, rank);
            }

            read.Run();
        }

        return (products, gradients);
    }
}
