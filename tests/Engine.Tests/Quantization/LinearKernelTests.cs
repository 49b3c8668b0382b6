using Ratchet.Engine.Kernels;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;
using Ratchet.Engine.Tests.Kernels;
using Ratchet.TestKit;

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
            foreach ((int rows, int wanted, int outputs) in Shapes)
            {
                int inputs = Weights.WholeBlocks(type, wanted);
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
        foreach ((int rows, int wanted, int outputs) in Shapes)
        {
            int inputs = Weights.WholeBlocks(type, wanted);
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
    [MemberData(nameof(Paths))]
    public void Products_of_any_shape_are_those_of_the_dequantised_weight(VectorWidth width, ElementType type)
        => Claim.Holds(cases: 6, (random, size) =>
        {
            int rows = random.Next(1, 4 + (6 * size));
            int outputs = random.Next(1, 10 + (12 * size));
            int inputs = Weights.WholeBlocks(type, 32 * random.Next(1, 2 + (2 * size)));
            using WeightMatrix weight = Weights.Random(type, outputs, inputs, size, out float[] w);
            float[] x = Numbers.Random(rows * inputs, random.Next());
            float[] y = new float[rows * outputs];
            float[] rounded = new float[rows * outputs];
            double[] exact = Numbers.Product((i, k) => x[(i * inputs) + k], (k, o) => w[(o * inputs) + k], rows, inputs, outputs);
            KernelSettings.With(width, 2, () =>
            {
                Both(x, weight, y, new float[rows * inputs], rows, Precision.Float32);
                Integer(x, weight, rounded, rows);
            });
            Numbers.AssertNear(exact, y);
            double error = Numbers.NormalisedError(exact, rounded);
            GoldenNumber.Near($"int8 products of {type}: squared error", 0, error, 5e-4, 0, $"[{rows}, {inputs}] x [{outputs}, {inputs}]");
        });

    [Theory]
    [MemberData(nameof(TiledPaths))]
    public void Integer_sums_of_the_largest_numbers_do_not_overflow(VectorWidth width, ElementType type)
    {
        int inputs = Weights.WholeBlocks(type, 64);
        float[] w = [.. Enumerable.Range(0, inputs * 16).Select(i => i % 33 == 32 ? 0f : -1f)];
        float[] x = [.. Enumerable.Range(0, inputs).Select(i => i % 32 == 5 ? 1f : 0.999f)];
        var tensor = new Tensor(type, 16, inputs);
        if (BlockCodec.CanWrite(type))
        {
            BlockCodec.Quantize(type, w, tensor.Bytes);
        }
        else
        {
            // All bits the same are the lowest or the highest levels of every type.
            Weights.FillBlocks(tensor, 1);
            FillLevels(tensor, 0x00);
            FillLevels(tensor, 0xFF);
        }

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
            double[] exact = Numbers.Product((_, k) => signed[k], (k, o) => stored[(o * inputs) + k], 1, inputs, 16);
            Assert.True(Numbers.NormalisedError(exact, y) < 5e-4);
        }
    }

    [Theory]
    [InlineData(ElementType.Q8_0)]
    [InlineData(ElementType.Q3_K)]
    [InlineData(ElementType.Q4_K)]
    [InlineData(ElementType.F32)]
    public void A_range_of_outputs_gives_the_same_bits_as_the_whole(ElementType type)
    {
        const int Rows = 9;
        const int Inputs = 512;
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
        const int Rows = 45;
        const int Outputs = 60;
        int inputs = Weights.WholeBlocks(type, 352);
        using WeightMatrix weight = Weights.Random(type, Outputs, inputs, 2, out _);
        float[] x = Numbers.Random(Rows * inputs, 1);
        foreach (Precision precision in Enum.GetValues<Precision>())
        {
            float[] together = new float[Rows * Outputs];
            float[] gradient = new float[Rows * inputs];
            KernelSettings.With(width, 3, () => Both(x, weight, together, gradient, Rows, precision));
            foreach (int row in (int[])[0, 5, 28, 44])
            {
                float[] alone = new float[Outputs];
                float[] gradientAlone = new float[inputs];
                KernelSettings.With(width, 1, () => Both(x[(row * inputs)..((row + 1) * inputs)], weight, alone, gradientAlone, 1, precision));
                Assert.Equal(together[(row * Outputs)..((row + 1) * Outputs)], alone);
                Assert.Equal(gradient[(row * inputs)..((row + 1) * inputs)], gradientAlone);
            }
        }
    }

    // The levels of the first or second half of each block; its scales stay.
    private static void FillLevels(Tensor tensor, byte value)
    {
        (int first, int count) = tensor.Type switch
        {
            ElementType.Q2_K => (16, 64),
            ElementType.Q3_K => (0, 96),
            ElementType.Q5_K => (16, 160),
            ElementType.IQ4_NL => (2, 16),
            _ => (8, 128),
        };
        for (int at = 0; at < tensor.Bytes.Length; at += tensor.Type.BlockBytes())
        {
            tensor.Bytes.Slice(at + first + (value == 0 ? 0 : count / 2), count / 2).Fill(value);
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
            LinearKernel.BackwardInput(dxAt, yAt, rows, weight, precision == Precision.Int8 ? Precision.Float32 : precision);
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
