using System.Diagnostics;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;
using Ratchet.Engine.Tests.Quantization;

namespace Ratchet.Engine.Tests.Kernels;

/// <summary>A fast path that has become slow shows here: its time against its plain twin's, both taken in turn in one run.</summary>
/// <remarks>Ratios only, never seconds; the best of several turns each, since others may be at work; floors far below what is usual.</remarks>
[Collection(KernelSettings.Name)]
public unsafe class FastPathTests
{
    private const int Turns = 7;
    private const int AttemptsMax = 4;
    private const int Inputs = 576;
    private const int Outputs = 1536;

    /// <summary>Usual on 256 bits: 10 and more.</summary>
    private const double ProductFloor = 2.5;

    /// <summary>Usual: 4 and more; the plain twin multiplies integers too.</summary>
    private const double IntegerFloor = 1.5;

    /// <summary>The widest vectors this processor runs well against none.</summary>
    public static bool HasVectors => VectorPath.Widest != VectorWidth.Plain;

    [Theory(SkipUnless = nameof(HasVectors), Skip = "This processor has no vectors.")]
    [InlineData(8)]
    [InlineData(64)]
    public void A_product_in_vectors_is_faster_than_its_plain_twin(int rows)
    {
        float[] x = Numbers.Random(rows * Inputs, 1);
        float[] w = Numbers.Random(Outputs * Inputs, 2);
        float[] y = new float[rows * Outputs];
        AssertFaster(ProductFloor, () =>
        {
            fixed (float* xAt = x, wAt = w, yAt = y)
            {
                MatMulKernel.Forward(yAt, xAt, wAt, rows, Inputs, Outputs);
            }
        });
    }

    [Theory(SkipUnless = nameof(HasVectors), Skip = "This processor has no vectors.")]
    [InlineData(Precision.Float32, 32, ProductFloor)]
    [InlineData(Precision.Int8, 1, IntegerFloor)]
    [InlineData(Precision.Int8, 32, IntegerFloor)]
    public void A_product_with_a_stored_weight_is_faster_than_its_plain_twin(Precision precision, int rows, double floor)
    {
        float[] x = Numbers.Random(rows * Inputs, 1);
        float[] y = new float[rows * Outputs];
        using WeightMatrix weight = Weights.Random(ElementType.Q4_1, Outputs, Inputs, 3, out _);
        AssertFaster(floor, () =>
        {
            fixed (float* xAt = x, yAt = y)
            {
                LinearKernel.Forward(yAt, xAt, rows, weight, false, precision);
            }
        });
    }

    // A turn that lost its core says nothing; a path that is slow stays slow in every attempt.
    private static void AssertFaster(double floor, Action run)
    {
        double ratio = 0;
        for (int attempt = 0; attempt < AttemptsMax && ratio < floor; attempt++)
        {
            (double fast, double plain) = (double.MaxValue, double.MaxValue);
            for (int turn = 0; turn < Turns; turn++)
            {
                KernelSettings.With(VectorPath.Widest, 1, () => fast = Math.Min(fast, Time(run)));
                KernelSettings.With(VectorWidth.Plain, 1, () => plain = Math.Min(plain, Time(run)));
            }

            ratio = plain / fast;
        }

        Assert.True(ratio >= floor, $"The fast path is {ratio:0.0} times as fast as its plain twin; it has to be {floor} times.");
    }

    private static double Time(Action run)
    {
        long start = Stopwatch.GetTimestamp();
        run();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
