using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Tests.Kernels;

/// <summary>What is done with a block of a product while it lies in the cache (F73), and norms that round, against the kernels that do it apart.</summary>
[Collection(KernelSettings.Name)]
public sealed unsafe class Bfloat16EndTests
{
    /// <summary>Half the distance of two bfloat16 numbers, of the number.</summary>
    private const float HalfStep = 1f / 256;

    /// <summary>The remarks of <see cref="GeluEnd"/> say 4.3e-5; as much again for sums in another order.</summary>
    private const float GeluAtol = 1e-4f;

    private static readonly (int Rows, int Inputs, int Outputs)[] Shapes = [(1, 64, 16), (5, 33, 17), (97, 384, 100), (33, 700, 31), (40, 1536, 48)];

    private const string Missing = "This processor multiplies no bfloat16.";

    public static TheoryData<MatrixUnit> Units
        => [.. Enum.GetValues<MatrixUnit>().Where(unit => unit <= MatrixPath.Best && (unit > MatrixUnit.None || MatrixPath.Best == MatrixUnit.None))];

    [Theory]
    [MemberData(nameof(Units))]
    public void Ends_give_what_the_kernels_give_one_after_the_other(MatrixUnit unit) => KernelSettings.With(unit, () =>
    {
        Assert.SkipUnless(MatrixPath.HasBfloat16, Missing);
        foreach ((int rows, int inputs, int outputs) in Shapes)
        {
            int padded = RoundedLinearKernel.Padded(inputs);
            ushort[] x = new ushort[RoundedLinearKernel.RowsPadded(rows) * padded];
            float[] numbers = Numbers.Random(rows * inputs, 1);
            float[] bias = Numbers.Random(outputs, 3);
            float[] expected = new float[rows * outputs];
            float[] biased = new float[rows * outputs];
            int into = RoundedLinearKernel.Padded(outputs);
            ushort[] rounded = new ushort[rows * into];
            ushort[] bent = new ushort[rows * into];
            using WeightMatrix weight = Matrix(Numbers.Random(outputs * inputs, 2), outputs, inputs);
            fixed (float* from = numbers, b = bias, e = expected, c = biased)
            {
                fixed (ushort* xAt = x, r = rounded, g = bent)
                {
                    for (int row = 0; row < rows; row++)
                    {
                        Bfloat16Kernel.RoundRow(xAt + (row * padded), from + (row * inputs), inputs, padded);
                    }

                    LinearKernel.Forward(e, from, rows, weight, accumulate: false, Precision.BFloat16);
                    BiasKernel.Forward(e, b, rows, outputs);
                    RoundedLinearKernel.Forward(c, xAt, rows, weight, accumulate: false, new BiasEnd(b));
                    float* memory = RoundedLinearKernel.NeedsNoResult(inputs) ? null : (float*)NativeMemory.Alloc((nuint)(rows * outputs * sizeof(float)));
                    RoundedLinearKernel.Forward(memory, xAt, rows, weight, accumulate: false, new RoundedEnd(r, into, b));
                    RoundedLinearKernel.Forward(memory, xAt, rows, weight, accumulate: false, new GeluEnd(g, into, b));
                    NativeMemory.Free(memory);
                }
            }

            Assert.Equal(expected, biased);
            for (int i = 0; i < expected.Length; i++)
            {
                int at = (i / outputs * into) + (i % outputs);
                Assert.Equal((ushort)(Bfloat16Kernel.Round(expected[i]) >> 16), rounded[at]);
                AssertGelu(expected[i], Wide(bent[at]));
            }
        }
    });

    [Fact]
    public void Gelu_is_near_its_exact_twin_everywhere()
    {
        for (float x = -9f; x < 9f; x += 1f / 512)
        {
            AssertGelu(x, GeluEnd.Gelu(Vector512.Create(x))[0]);
        }

        Assert.Equal(0f, Gelu(-1e30f));
        Assert.Equal(0f, Gelu(float.NegativeInfinity));
        Assert.True(float.IsNaN(Gelu(float.NaN)));
        Assert.Equal(float.PositiveInfinity, Gelu(float.PositiveInfinity));
        Assert.InRange(Gelu(1000f), 999.9f, 1000.1f);

        static float Gelu(float x) => GeluEnd.Gelu(Vector512.Create(x))[0];
    }

    [Theory]
    [InlineData(1, 16, true)]
    [InlineData(7, 384, true)]
    [InlineData(40, 37, true)]
    [InlineData(3, 1000, false)]
    public void A_norm_that_adds_and_rounds_is_the_norm_of_the_sum(int rows, int dim, bool isAdded)
    {
        Assert.SkipUnless(MatrixPath.HasBfloat16, Missing);
        float[] x = Numbers.Random(rows * dim, 1);
        float[] added = Numbers.Random(dim, 2);
        float[] gain = Numbers.Random(dim, 3);
        float[] bias = Numbers.Random(dim, 4);
        float[] expected = [.. x];
        int padded = RoundedLinearKernel.Padded(dim);
        ushort[] rounded = new ushort[rows * padded];
        fixed (float* xAt = x, a = added, g = gain, b = bias, e = expected)
        {
            fixed (ushort* r = rounded)
            {
                if (isAdded)
                {
                    BiasKernel.Forward(e, a, rows, dim);
                }

                LayerNormKernel.Forward(e, null, null, e, g, b, rows, dim, 1e-12f);
                LayerNormKernel.ForwardRounded(xAt, r, padded, isAdded ? a : null, g, b, rows, dim, 1e-12f);
            }
        }

        Numbers.AssertNear([.. expected.Select(value => (double)value)], x);
        for (int i = 0; i < x.Length; i++)
        {
            Assert.Equal((ushort)(Bfloat16Kernel.Round(x[i]) >> 16), rounded[(i / dim * padded) + (i % dim)]);
        }
    }

    private static void AssertGelu(float x, float actual)
    {
        float exact = x * GeluKernel.Cumulative(x);
        Assert.InRange(actual, exact - GeluAtol - (MathF.Abs(exact) * HalfStep), exact + GeluAtol + (MathF.Abs(exact) * HalfStep));
    }

    private static float Wide(ushort number) => BitConverter.UInt32BitsToSingle((uint)number << 16);

    private static WeightMatrix Matrix(float[] numbers, int outputs, int inputs)
    {
        var tensor = new Tensor(ElementType.F32, outputs, inputs);
        numbers.CopyTo(tensor.Floats);
        return new WeightMatrix(tensor);
    }
}
