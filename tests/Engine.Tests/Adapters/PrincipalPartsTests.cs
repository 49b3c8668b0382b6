using Ratchet.Engine.Adapters;

namespace Ratchet.Engine.Tests.Adapters;

/// <summary>The largest parts of a matrix against the whole decomposition.</summary>
public sealed class PrincipalPartsTests
{
    // How much of the matrix's squared length may be missed beside the best that the rank allows.
    private const double Missed = 1e-9;

    [Theory]
    [InlineData(90, 60, 8, 0.5)]
    [InlineData(90, 60, 8, 0.95)]
    [InlineData(60, 60, 5, 1.0)]
    [InlineData(40, 12, 12, 0.9)]
    [InlineData(30, 4, 9, 0.9)]
    [InlineData(300, 200, 16, 1.0)]
    public void A_dense_matrix_is_cut_as_near_as_its_singular_values_allow(int rows, int columns, int count, double decay)
    {
        float[] matrix = Matrix(new Random(rows + count), rows, columns, decay);
        var values = SingularValues.Of<float>(matrix, rows, columns);
        double best = values.Values.Skip(count).Sum(value => value * value);
        double whole = values.Values.Sum(value => value * value);

        foreach (bool isTransposed in new[] { false, true })
        {
            var parts = PrincipalParts.OfMatrix(matrix, columns, count, seed: 3, isTransposed);
            double missed = 0;
            for (int i = 0; i < matrix.Length; i++)
            {
                (int left, int right) = isTransposed ? (i % columns, i / columns) : (i / columns, i % columns);
                double rest = matrix[i];
                for (int p = 0; p < parts.Right.Length; p++)
                {
                    rest -= parts.LeftScaled[p][left] * parts.Right[p][right];
                }

                missed += rest * rest;
            }

            Assert.InRange(missed, (1 - 1e-6) * best - (Missed * whole), best + (Missed * whole));
            Assert.All(parts.Right, vector => Assert.Equal(1, vector.Sum(number => number * number), 1e-9));
        }
    }

    [Fact]
    public void A_matrix_of_lower_rank_has_no_further_parts()
    {
        var random = new Random(4);
        double[][] b = [.. Enumerable.Range(0, 2).Select(_ => Vector(random, 30))];
        double[][] a = [Vector(random, 20), Vector(random, 20)];
        double[][] threeOfTwo = [a[0], a[1], [.. a[0].Zip(a[1], (x, y) => x - (2 * y))]];

        var product = PrincipalParts.OfProduct([.. b, b[0]], threeOfTwo, 4);
        var zero = PrincipalParts.OfMatrix(new float[30 * 20], 20, 3, seed: 1);

        Assert.Equal([true, true, false, false], product.LeftScaled.Select(vector => vector.Sum(Math.Abs) > 1e-6));
        Assert.All(zero.LeftScaled, vector => Assert.All(vector, number => Assert.Equal(0, number)));
        for (int o = 0; o < 30; o++)
        {
            for (int i = 0; i < 20; i++)
            {
                double expected = (b[0][o] * a[0][i]) + (b[1][o] * a[1][i]) + (b[0][o] * threeOfTwo[2][i]);
                Assert.Equal(expected, Enumerable.Range(0, 4).Sum(p => product.LeftScaled[p][o] * product.Right[p][i]), 1e-12);
            }
        }
    }

    [Fact]
    public void The_same_seed_gives_the_same_bits()
    {
        float[] matrix = Matrix(new Random(8), 50, 40, 0.9);

        var first = PrincipalParts.OfMatrix(matrix, 40, 6, seed: 5);
        var again = PrincipalParts.OfMatrix(matrix, 40, 6, seed: 5);

        Assert.Equal(first.LeftScaled, again.LeftScaled);
        Assert.Equal(first.Right, again.Right);
    }

    // Random, its parts falling by a factor; 1 for a matrix whose values lie close together.
    private static float[] Matrix(Random random, int rows, int columns, double decay)
    {
        float[] matrix = new float[rows * columns];
        if (decay == 1)
        {
            return [.. matrix.Select(_ => random.NextSingle() - 0.5f)];
        }

        double size = 1;
        for (int p = 0; p < columns; p++, size *= decay)
        {
            double[] left = Vector(random, rows);
            double[] right = Vector(random, columns);
            for (int i = 0; i < matrix.Length; i++)
            {
                matrix[i] += (float)(size * left[i / columns] * right[i % columns]);
            }
        }

        return matrix;
    }

    private static double[] Vector(Random random, int length) => [.. Enumerable.Range(0, length).Select(_ => random.NextDouble() - 0.5)];
}
