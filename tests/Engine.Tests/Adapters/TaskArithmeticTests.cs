using Ratchet.Engine.Adapters;

namespace Ratchet.Engine.Tests.Adapters;

/// <summary>Dropping, electing and adding, by hand.</summary>
public sealed class TaskArithmeticTests
{
    [Fact]
    public void The_smallest_go_and_of_equal_ones_the_first_stay()
    {
        float[] numbers = [0.1f, -3, 2, -2, 2, 0];

        Assert.Equal([0, -3, 2, -2, 0, 0], Mixed(CombinationType.MagnitudePrune, 0.5, numbers));
        Assert.Equal([0, -3, 0, 0, 0, 0], Mixed(CombinationType.MagnitudePrune, 0.3, numbers));
        Assert.Equal([0, 0, 0, 0, 0, 0], Mixed(CombinationType.MagnitudePrune, 0.1, numbers));
        Assert.Equal(numbers, Mixed(CombinationType.MagnitudePrune, 1, numbers));
    }

    // 5 - 1 - 2 = 2 is plus by its total, two of three are minus; zeros have no vote, and no votes at all are plus.
    [Theory]
    [InlineData(MajoritySign.Total, 5f, 0f, 3f)]
    [InlineData(MajoritySign.Frequency, -1.5f, 0f, 3f)]
    public void The_majority_is_that_of_the_sum_or_of_the_count(MajoritySign method, float first, float second, float third)
    {
        float[] mixed = Mixed(
            new CombinationConfig { Type = CombinationType.Ties, Density = 1, MajoritySign = method }, [1, 1, 1], [5, 0, 3], [-1, 0, 3], [-2, 0, 0]);

        Assert.Equal([first, second, third], mixed);
    }

    [Fact]
    public void Weights_count_after_the_election_and_not_in_it()
    {
        float[] mixed = Mixed(new CombinationConfig { Type = CombinationType.Ties, Density = 1 }, [0.1f, 100], [5], [-1]);

        Assert.Equal([0.5f], mixed);
    }

    [Fact]
    public void What_chance_leaves_is_divided_by_the_density()
    {
        float[] ones = [.. Enumerable.Repeat(1f, 10_000)];

        float[] mixed = Mixed(CombinationType.DareTies, 0.25, ones);

        Assert.All(mixed, number => Assert.True(number is 0 or 4));
        Assert.InRange(mixed.Average(), 0.95, 1.05);
    }

    private static float[] Mixed(CombinationType type, double density, float[] numbers) =>
        Mixed(new CombinationConfig { Type = type, Density = density }, [1], numbers);

    private static float[] Mixed(CombinationConfig config, float[] weights, params float[][] tasks)
    {
        float[] into = new float[tasks[0].Length];
        TaskArithmetic.Mix(into, [.. tasks.Select(task => (float[])[.. task])], weights, [.. weights.Select((_, i) => (ulong)i)], config);
        return into;
    }
}
