using Ratchet.Engine.Kernels;
using Ratchet.Engine.Kernels.Emitted;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Quantization.Emitted;
using Ratchet.Engine.Tensors;
using Ratchet.Engine.Tests.Kernels;

namespace Ratchet.Engine.Tests.Quantization.Emitted;

/// <summary>The emitted integer products: the same bits as the kernels in C#, in every block form and with every tail.</summary>
[Collection(KernelSettings.Name)]
public unsafe class ByteRoutineTests
{
    public static TheoryData<ElementType> Types => [ElementType.Q4_0, ElementType.Q4_1, ElementType.Q8_0];

    [Theory]
    [MemberData(nameof(Types))]
    public void The_bits_are_those_of_the_kernel_in_c_sharp(ElementType type)
    {
        Assert.SkipUnless(ProcessorUnits.HasByteDot, "This processor has no AVX512_VNNI.");
        foreach ((int rows, int inputs, int outputs) in ((int, int, int)[])
            [(1, 32, 1), (1, 576, 48), (2, 64, 17), (7, 96, 100), (11, 32, 16), (12, 1536, 33), (13, 64, 64), (24, 320, 15), (61, 576, 200), (301, 64, 40)])
        {
            using WeightMatrix weight = Weights.Random(type, outputs, inputs, outputs, out _);
            float[] x = Numbers.Random(rows * inputs, 1);

            // Blocks of nothing, and of one large number.
            x.AsSpan(0, 32).Clear();
            x[^1] = 1e6f;
            foreach (bool accumulate in (bool[])[false, true])
            {
                float[] expected = Numbers.Random(rows * outputs, 3);
                float[] actual = [.. expected];
                With(MatrixUnit.None, () => Forward(x, expected, rows, weight, accumulate));
                With(MatrixUnit.Avx512, () =>
                {
                    Assert.True(type == ElementType.Q8_0 ? ByteCode<Q8_0Form>.IsUsed : ByteCode<Q4_1Form>.IsUsed);
                    Forward(x, actual, rows, weight, accumulate);
                });
                Assert.Equal(expected, actual);
            }
        }
    }

    [Fact]
    public void Levels_at_their_bounds_do_not_overflow()
    {
        Assert.SkipUnless(ProcessorUnits.HasByteDot, "This processor has no AVX512_VNNI.");
        const int Inputs = 64;
        using var tensor = new Tensor(ElementType.Q8_0, 16, Inputs);
        for (int at = 0; at < tensor.Bytes.Length; at += ElementType.Q8_0.BlockBytes())
        {
            BitConverter.TryWriteBytes(tensor.Bytes[at..], (Half)1f);
            tensor.Bytes.Slice(at + 2, 32).Fill(0x80);
        }

        using var weight = new WeightMatrix(tensor);
        float[] x = [.. Enumerable.Repeat(-127f, Inputs)];
        float[] y = new float[16];
        With(MatrixUnit.Avx512, () => Forward(x, y, 1, weight, accumulate: false));
        Assert.All(y, value => Assert.Equal(127f * 128 * Inputs, value));
    }

    private static void With(MatrixUnit unit, Action run)
        => KernelSettings.With(unit, () => KernelSettings.With(VectorWidth.Bits512, 2, run));

    private static void Forward(float[] x, float[] y, int rows, WeightMatrix weight, bool accumulate)
    {
        fixed (float* xAt = x, yAt = y)
        {
            LinearKernel.Forward(yAt, xAt, rows, weight, accumulate, Precision.Int8);
        }
    }
}
