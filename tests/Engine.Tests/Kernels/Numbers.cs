namespace Ratchet.Engine.Tests.Kernels;

/// <summary>Matrices for comparing a fast kernel with its formula, and how far they may be apart.</summary>
internal static class Numbers
{
    /// <summary>Room for the other order of a sum of up to 4,096 products of numbers in [-1, 1].</summary>
    private const double Absolute = 1e-5;

    private const double Relative = 1e-4;

    public static float[] Random(int count, int seed)
    {
        var random = new Random(seed);
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++)
        {
            numbers[i] = (random.NextSingle() * 2f) - 1f;
        }

        return numbers;
    }

    /// <summary>start + scale · a · b in double precision: the formula itself.</summary>
    public static double[] Product(
        Func<int, int, float> a, Func<int, int, float> b, int rows, int depth, int columns, double scale = 1, float[]? start = null)
    {
        double[] result = new double[rows * columns];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                double sum = 0;
                for (int k = 0; k < depth; k++)
                {
                    sum += (double)a(i, k) * b(k, j);
                }

                result[(i * columns) + j] = (start?[(i * columns) + j] ?? 0) + (scale * sum);
            }
        }

        return result;
    }

    public static void AssertNear(double[] expected, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < actual.Length; i++)
        {
            double allowed = Absolute + (Relative * Math.Max(1, Math.Abs(expected[i])));
            Assert.True(Math.Abs(expected[i] - actual[i]) <= allowed, $"Number {i} is {actual[i]}, expected {expected[i]} within {allowed}.");
        }
    }

    /// <summary>Squared distance over squared length; llama.cpp allows 5e-4 for products of quantised matrices.</summary>
    public static double NormalisedError(double[] expected, ReadOnlySpan<float> actual)
    {
        double distance = 0;
        double length = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            distance += (expected[i] - actual[i]) * (expected[i] - actual[i]);
            length += expected[i] * expected[i];
        }

        return distance / length;
    }
}
