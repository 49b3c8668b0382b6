using Ratchet.Engine.Kernels;
using Ratchet.Engine.Kernels.Emitted;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Tests.Kernels;

/// <summary>Products in bfloat16 on every unit that this processor has, against the formula on the rounded numbers.</summary>
[Collection(KernelSettings.Name)]
public unsafe class Bfloat16ProductTests
{
    private static readonly (int Rows, int Inputs, int Outputs)[] Shapes =
    [
        (1, 1, 1), (1, 64, 16), (2, 33, 17), (3, 8, 100), (12, 40, 47), (13, 96, 48), (14, 321, 20), (31, 640, 32), (32, 31, 33), (33, 1536, 64),
        (50, 700, 35), (97, 64, 64), (130, 5, 2), (200, 576, 96),
    ];

    public static TheoryData<MatrixUnit> Units => [.. Enum.GetValues<MatrixUnit>().Where(unit => unit <= MatrixPath.Best)];

    [Theory]
    [MemberData(nameof(Units))]
    public void Products_and_gradients_are_those_of_rounded_numbers(MatrixUnit unit) => KernelSettings.With(unit, () =>
    {
        foreach ((int rows, int inputs, int outputs) in Shapes)
        {
            float[] x = Numbers.Random(rows * inputs, 1);
            float[] w = Numbers.Random(outputs * inputs, 2);
            float[] y = Numbers.Random(rows * outputs, 3);
            float[] dx = Numbers.Random(rows * inputs, 4);
            double[] added = Numbers.Product(
                (i, k) => Rounded(x[(i * inputs) + k]), (k, o) => Rounded(w[(o * inputs) + k]), rows, inputs, outputs, 1, y);
            using WeightMatrix weight = Matrix(w, outputs, inputs);
            fixed (float* xAt = x, yAt = y, dxAt = dx)
            {
                LinearKernel.Forward(yAt, xAt, rows, weight, accumulate: true, Precision.BFloat16);
                Numbers.AssertNear(added, y);
                double[] gradient = Numbers.Product(
                    (i, o) => Rounded(y[(i * outputs) + o]), (o, k) => Rounded(w[(o * inputs) + k]), rows, outputs, inputs, 1, dx);
                LinearKernel.BackwardInput(dxAt, yAt, rows, weight, Precision.BFloat16);
                Numbers.AssertNear(gradient, dx);
            }
        }
    });

    [Theory]
    [MemberData(nameof(Units))]
    public void A_row_has_the_same_bits_alone_and_among_others_on_any_number_of_threads(MatrixUnit unit) => KernelSettings.With(unit, () =>
    {
        const int Rows = 111;
        const int Inputs = 700;
        const int Outputs = 150;
        float[] x = Numbers.Random(Rows * Inputs, 1);
        using WeightMatrix weight = Matrix(Numbers.Random(Outputs * Inputs, 2), Outputs, Inputs);
        float[] together = new float[Rows * Outputs];
        KernelSettings.With(VectorPath.Width, 3, () => Forward(x, together, Rows, weight));
        foreach (int row in (int[])[0, 5, 40, 96, 110])
        {
            float[] alone = new float[Outputs];
            KernelSettings.With(VectorPath.Width, 1, () => Forward(x[(row * Inputs)..((row + 1) * Inputs)], alone, 1, weight));
            Assert.Equal(together[(row * Outputs)..((row + 1) * Outputs)], alone);
        }
    });

    /// <summary>Neighbours of a tie, infinities, zeros and what is no number.</summary>
    [Fact]
    public void Numbers_are_rounded_to_the_nearest_even()
    {
        uint[] bits = [0x3F808000, 0x3F818000, 0x3F808001, 0x3F807FFF, 0x7F800000, 0xFF800000, 0, 0x80000000, 0x7F7FFFFF, 0x7F800001, 0xFFFFFFFF];
        uint[] expected = [0x3F80, 0x3F82, 0x3F81, 0x3F80, 0x7F80, 0xFF80, 0, 0x8000, 0x7F80, 0x7FC0, 0x7FC0];
        float[] numbers = [.. bits.Select(BitConverter.UInt32BitsToSingle)];
        foreach (VectorWidth width in (VectorWidth[])[VectorWidth.Plain, VectorWidth.Bits256])
        {
            KernelSettings.With(width, 1, () =>
            {
                // Twice over, so that whole vectors hold them all.
                float[] twice = [.. numbers, .. numbers];
                ushort[] rounded = new ushort[24];
                fixed (float* from = twice)
                {
                    fixed (ushort* into = rounded)
                    {
                        Bfloat16Kernel.RoundRow(into, from, twice.Length, rounded.Length);
                    }

                    Bfloat16Kernel.RoundInPlace(from, from, twice.Length);
                }

                Assert.Equal([.. expected, .. expected, 0, 0], rounded.Select(n => (uint)n));
                Assert.Equal(expected.Select(e => e << 16), twice[..bits.Length].Select(BitConverter.SingleToUInt32Bits));
            });
        }
    }

    [Fact]
    public void A_setting_holds_the_unit_to_a_lesser_one()
    {
        Assert.Equal(MatrixUnit.None, MatrixPath.Allowed("none"));
        Assert.Equal(MatrixUnit.Avx512, MatrixPath.Allowed(" AVX512"));
        Assert.Equal(MatrixUnit.Amx, MatrixPath.Allowed(null));
        Assert.Contains("RATCHET_MATRIX_UNIT is \"sse\"", Assert.Throws<ArgumentException>(() => MatrixPath.Allowed("sse")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tiles_are_chosen_where_the_processor_has_them()
    {
        Assert.SkipUnless(ProcessorUnits.HasBfloat16Tiles, "This processor has no AMX: its routines ran on the tests' own machine for tiles alone.");
        Assert.Equal(MatrixPath.Allowed(Environment.GetEnvironmentVariable(MatrixPath.Variable)), MatrixPath.Best);
        Assert.True(Bfloat16Code.HasTiles, "The processor and the system allow tiles, and their routines could not be placed in memory.");
    }

    private static WeightMatrix Matrix(float[] w, int outputs, int inputs)
    {
        var tensor = new Tensor(ElementType.F32, outputs, inputs);
        w.CopyTo(tensor.Floats);
        return new WeightMatrix(tensor);
    }

    private static void Forward(float[] x, float[] y, int rows, WeightMatrix weight)
    {
        fixed (float* xAt = x, yAt = y)
        {
            LinearKernel.Forward(yAt, xAt, rows, weight, accumulate: false, Precision.BFloat16);
        }
    }

    private static float Rounded(float number) => BitConverter.UInt32BitsToSingle(Bfloat16Kernel.Round(number));
}
