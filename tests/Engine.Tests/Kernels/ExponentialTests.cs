using System.Runtime.Intrinsics;
using Ratchet.Engine.Kernels;

namespace Ratchet.Engine.Tests.Kernels;

public class ExponentialTests
{
    // Two units in the last place of single precision.
    private const double RelativeError = 2.4e-7;

    [Fact]
    public void It_is_the_exponential_to_two_units_in_the_last_place()
    {
        for (float x = -87.3f; x < 88.3f; x += 0.0173f)
        {
            Vector256<float> actual = Exponential.Exp(Vector256.Create(x));
            double expected = Math.Exp(x);
            Assert.True(Math.Abs(actual[3] - expected) <= RelativeError * expected, $"exp({x}) is {actual[3]}, expected {expected}.");
        }

        Assert.Equal(1f, Exponential.Exp(Vector256<float>.Zero)[0]);
    }

    [Fact]
    public void Ends_of_the_range_are_zero_large_and_not_a_number()
    {
        Vector256<float> actual = Exponential.Exp(
            Vector256.Create(float.NegativeInfinity, -1e30f, -88f, 89f, 1e30f, float.PositiveInfinity, float.NaN, -0f));
        Assert.Equal(0f, actual[0]);
        Assert.Equal(0f, actual[1]);
        Assert.Equal(0f, actual[2]);
        Assert.InRange(actual[3], 2e38f, float.PositiveInfinity);
        Assert.InRange(actual[4], 2e38f, float.PositiveInfinity);
        Assert.InRange(actual[5], 2e38f, float.PositiveInfinity);
        Assert.True(float.IsNaN(actual[6]));
        Assert.Equal(1f, actual[7]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(515)]
    [InlineData(1500)]
    public void Weights_and_their_sum_are_the_formula(int count)
    {
        float[] x = [.. Numbers.Random(count, 1).Select(value => 20 * value)];
        float max = Exponential.Max(x);
        Assert.Equal(x.Max(), max);
        float[] y = new float[count];
        double sum = Exponential.Weights(y, x, max);
        double[] expected = [.. x.Select(value => Math.Exp((double)value - max))];
        for (int i = 0; i < count; i++)
        {
            // The difference x - max is rounded before the exponential is taken.
            Assert.Equal(expected[i], y[i], 4e-6 * expected[i]);
        }

        Assert.Equal(expected.Sum(), sum, 1e-5 * expected.Sum());
    }
}
