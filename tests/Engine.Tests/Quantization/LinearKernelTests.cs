using Ratchet.Engine.Kernels;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;
using Ratchet.Engine.Tests.Kernels;

namespace Ratchet.Engine.Tests.Quantization;

[Collection(KernelSettings.Name)]
public unsafe class LinearKernelTests
{
    private static readonly (int Rows, int Inputs, int Outputs)[] Shapes =
        [(1, 64, 16), (2, 32, 17), (5, 96, 100), (13, 352, 48), (50, 704, 35), (64, 64, 3)];

    public static TheoryData<VectorWidth, ElementType> Paths => Of(Enum.GetValues<ElementType>());

    public static TheoryData<VectorWidth, ElementType> TiledPaths => Of(Weights.Tiled);

    [Theory]
    [MemberData(nameof(Paths))]
    public void Forward_and_gradient_are_the_formula_on_the_stored_numbers(VectorWidth width, ElementType type)
        => KernelSettings.With(width, 2, () =>
        {
            foreach ((int rows, int inputs, int outputs) in Shapes)
            {
                using WeightMatrix weight = Weights.Random(type, outputs, inputs, 2, out float[] w);
                float[] x = Numbers.Random(rows * inputs, 1);
                float[] y = Numbers.Random(rows * outputs, 3);
                float[] dx = Numbers.Random(rows * inputs, 4);
                double[] added = Numbers.Product((i, k) => x[(i * inputs) + k], (k, o) => w[(o * inputs) + k], rows, inputs, outputs, 1, y);
                double[] alone = Numbers.Product((i, k) => x[(i * inputs) + k], (k, o) => w[(o * inputs) + k], rows, inputs, outputs);
                fixed (float* xAt = x, yAt = y, dxAt = dx)
                {
                    LinearKernel.Forward(yAt, xAt, rows, weight, accumulate: true);
                    Numbers.AssertNear(added, y);
                    LinearKernel.Forward(yAt, xAt, rows, weight);
                    Numbers.AssertNear(alone, y);
                    double[] gradient = Numbers.Product((i, o) => y[(i * outputs) + o], (o, j) => w[(o * inputs) + j], rows, outputs, inputs, 1, dx);
                    LinearKernel.BackwardInput(dxAt, yAt, rows, weight);
                    Numbers.AssertNear(gradient, dx);
                }
            }
        });

    [Theory]
    [MemberData(nameof(Paths))]
    public void Integer_products_are_near_the_formula_and_the_same_on_every_path(VectorWidth width, ElementType type)
    {
        foreach ((int rows, int inputs, int outputs) in Shapes)
        {
            using WeightMatrix weight = Weights.Random(type, outputs, inputs, 2, out float[] w);
            float[] x = Numbers.Random(rows * inputs, 1);
            float[] start = Numbers.Random(rows * outputs, 3);
            float[] y = [.. start];
            float[] plain = [.. start];
            double[] exact = Numbers.Product((i, k) => x[(i * inputs) + k], (k, o) => w[(o * inputs) + k], rows, inputs, outputs, 1, start);
            KernelSettings.With(width, 2, () => Integer(x, weight, y, rows));
            KernelSettings.With(VectorWidth.Plain, 1, () => Integer(x, weight, plain, rows));
            Assert.True(Numbers.NormalisedError(exact, y) < 5e-4);
            Numbers.AssertNear([.. plain.Select(value => (double)value)], y);
        }
    }

    [Theory]
    [MemberData(nameof(TiledPaths))]
    public void Integer_sums_of_the_largest_numbers_do_not_overflow(VectorWidth width, ElementType type)
    {
        const int Inputs = 64;
        float[] w = [.. Enumerable.Range(0, Inputs * 16).Select(i => i % 33 == 32 ? 0f : -1f)];
        float[] x = [.. Enumerable.Range(0, Inputs).Select(i => i % 32 == 5 ? 1f : 0.999f)];
        var tensor = new Tensor(type, 16, Inputs);
        BlockCodec.Quantize(type, w, tensor.Bytes);
        if (type == ElementType.Q8_0)
        {
            // No quantiser writes -128, but a file may hold it.
            tensor.Bytes[2..34].Fill(0x80);
        }

        float[] stored = new float[w.Length];
        BlockCodec.Dequantize(type, tensor.Bytes, stored);
        using var weight = new WeightMatrix(tensor);
        foreach (float sign in (float[])[1, -1])
        {
            float[] signed = [.. x.Select(value => sign * value)];
            float[] y = new float[16];
            KernelSettings.With(width, 1, () => Integer(signed, weight, y, 1));
            double[] exact = Numbers.Product((_, k) => signed[k], (k, o) => stored[(o * Inputs) + k], 1, Inputs, 16);
            Assert.True(Numbers.NormalisedError(exact, y) < 5e-4);
        }
    }

    [Theory]
    [InlineData(ElementType.Q8_0)]
    [InlineData(ElementType.F32)]
    public void A_range_of_outputs_gives_the_same_bits_as_the_whole(ElementType type)
    {
        const int Rows = 9;
        const int Inputs = 64;
        const int Outputs = 200;
        using WeightMatrix weight = Weights.Random(type, Outputs, Inputs, 2, out _);
        float[] x = Numbers.Random(Rows * Inputs, 1);
        float[] whole = new float[Rows * Outputs];
        float[] part = new float[Rows * 50];
        float[] sum = new float[Rows * Inputs];
        float[] gradient = new float[Rows * Inputs];
        fixed (float* xAt = x, wholeAt = whole, partAt = part, sumAt = sum, gradientAt = gradient)
        {
            LinearKernel.Forward(wholeAt, xAt, Rows, weight);
            LinearKernel.BackwardInput(gradientAt, wholeAt, Rows, weight);
            foreach (int first in (int[])[0, 48, 96, 144, 192])
            {
                int count = Math.Min(48, Outputs - first);
                LinearKernel.Forward(partAt, xAt, Rows, weight, first, count, accumulate: false, Precision.Float32);
                for (int i = 0; i < Rows; i++)
                {
                    Assert.Equal(whole[((i * Outputs) + first)..((i * Outputs) + first + count)], part[(i * count)..((i + 1) * count)]);
                }

                LinearKernel.BackwardInput(sumAt, partAt, Rows, weight, first, count);
            }

            Assert.Throws<ArgumentOutOfRangeException>(() => LinearKernel.Forward(null, null, 1, weight, 8, 16, false, Precision.Float32));
            Assert.Throws<ArgumentOutOfRangeException>(() => LinearKernel.BackwardInput(null, null, 1, weight, 192, 16));
        }

        Numbers.AssertNear([.. gradient.Select(value => (double)value)], sum);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void A_row_has_the_same_bits_alone_and_among_others_on_any_number_of_threads(VectorWidth width, ElementType type)
    {
        const int Rows = 29;
        const int Inputs = 352;
        const int Outputs = 60;
        using WeightMatrix weight = Weights.Random(type, Outputs, Inputs, 2, out _);
        float[] x = Numbers.Random(Rows * Inputs, 1);
        foreach (Precision precision in Enum.GetValues<Precision>())
        {
            float[] together = new float[Rows * Outputs];
            float[] gradient = new float[Rows * Inputs];
            KernelSettings.With(width, 3, () => Both(x, weight, together, gradient, Rows, precision));
            foreach (int row in (int[])[0, 5, 12, 28])
            {
                float[] alone = new float[Outputs];
                float[] gradientAlone = new float[Inputs];
                KernelSettings.With(width, 1, () => Both(x[(row * Inputs)..((row + 1) * Inputs)], weight, alone, gradientAlone, 1, precision));
                Assert.Equal(together[(row * Outputs)..((row + 1) * Outputs)], alone);
                Assert.Equal(gradient[(row * Inputs)..((row + 1) * Inputs)], gradientAlone);
            }
        }
    }

    private static void Integer(float[] x, WeightMatrix weight, float[] y, int rows)
    {
        fixed (float* xAt = x, yAt = y)
        {
            LinearKernel.Forward(yAt, xAt, rows, weight, accumulate: true, Precision.Int8);
        }
    }

    private static void Both(float[] x, WeightMatrix weight, float[] y, float[] dx, int rows, Precision precision)
    {
        fixed (float* xAt = x, yAt = y, dxAt = dx)
        {
            LinearKernel.Forward(yAt, xAt, rows, weight, accumulate: false, precision);
            LinearKernel.BackwardInput(dxAt, yAt, rows, weight);
        }
    }

    private static TheoryData<VectorWidth, ElementType> Of(IEnumerable<ElementType> types)
    {
        var paths = new TheoryData<VectorWidth, ElementType>();
        foreach (VectorWidth width in Enum.GetValues<VectorWidth>())
        {
            foreach (ElementType type in types)
            {
                paths.Add(width, type);
            }
        }

        return paths;
    }
}
