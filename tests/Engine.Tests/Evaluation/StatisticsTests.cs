using System.Text.Json;
using Ratchet.Engine.Evaluation;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Evaluation;

/// <summary>Tests and intervals against scipy and statsmodels (F116, F133).</summary>
public sealed class StatisticsTests
{
    private const string File = "metrics/statistics.json";
    private const double Relative = 1e-9;
    private const double ProbabilityRelative = 1e-8;

    // Where the coefficient is one rounding away from 1, its probability is as well 0 as 1e-8.
    private const double ProbabilityAbsolute = 2e-8;
    private const double CertainFrom = 1 - 1e-12;

    [Fact]
    [Trait("Category", "Golden")]
    public void Mcnemars_test_agrees()
    {
        foreach (JsonElement item in Golden.Read<JsonElement>(File).GetProperty("mcnemar").EnumerateArray())
        {
            var result = McNemar.Of(item.GetProperty("only_champion_right").GetInt32(), item.GetProperty("only_candidate_right").GetInt32());

            Near(item.GetProperty("exact_p"), result.ExactProbability, Relative);
            Assert.Equal(item.TryGetProperty("chi_square_corrected", out JsonElement statistic), result.ChiSquare is not null);
            if (result.ChiSquare is { } found)
            {
                Near(statistic, found, Relative);
                Near(item.GetProperty("chi_square_p"), result.ChiSquareProbability!.Value, ProbabilityRelative);
            }
        }
    }

    [Fact]
    [Trait("Category", "Golden")]
    public void Wilsons_intervals_agree()
    {
        foreach (JsonElement item in Golden.Read<JsonElement>(File).GetProperty("wilson").EnumerateArray())
        {
            var interval = WilsonInterval.Of(item.GetProperty("hits").GetInt32(), item.GetProperty("total").GetInt32(), item.GetProperty("confidence").GetDouble());

            Near(item.GetProperty("low"), interval.Lower, Relative, atol: 1e-15);
            Near(item.GetProperty("high"), interval.Upper, Relative);
        }
    }

    [Fact]
    [Trait("Category", "Golden")]
    public void Correlations_and_their_probabilities_agree()
    {
        foreach (JsonElement item in Golden.Read<JsonElement>(File).GetProperty("correlation").EnumerateArray())
        {
            double[] x = Numbers(item.GetProperty("x"));
            double[] y = Numbers(item.GetProperty("y"));
            Agree("pearson", Correlation.Pearson(x, y));
            Agree("spearman", Correlation.Spearman(x, y));
            Near(item.GetProperty("kendall_tau_b"), Correlation.Kendall(x, y).Coefficient, Relative);

            void Agree(string name, Correlation found)
            {
                Near(item.GetProperty(name), found.Coefficient, Relative);
                bool isCertain = Math.Abs(found.Coefficient) > CertainFrom;
                Near(item.GetProperty($"{name}_p"), found.Probability!.Value, ProbabilityRelative, isCertain ? ProbabilityAbsolute : 0);
            }
        }
    }

    [Fact]
    [Trait("Category", "Golden")]
    public void Adjustments_for_many_tests_agree()
    {
        foreach (JsonElement item in Golden.Read<JsonElement>(File).GetProperty("multiple_tests").EnumerateArray())
        {
            double[] probabilities = Numbers(item.GetProperty("p"));
            Agree("benjamini_hochberg", MultipleTests.BenjaminiHochberg(probabilities));
            Agree("holm", MultipleTests.Holm(probabilities));

            void Agree(string name, double[] found)
            {
                foreach ((JsonElement expected, double adjusted) in item.GetProperty(name).EnumerateArray().Zip(found))
                {
                    Near(expected, adjusted, Relative);
                }

                Assert.Equal(item.GetProperty($"{name}_reject").EnumerateArray().Select(flag => flag.GetBoolean()), found.Select(adjusted => adjusted <= 0.05));
            }
        }
    }

    [Fact]
    public void A_thousand_and_more_examples_do_not_underflow()
    {
        // 1,200 against 1,300: about two standard deviations of 2,500 fair coins.
        double probability = McNemar.Of(1200, 1300).ExactProbability;
        Assert.InRange(probability, 0.045, 0.05);
        Assert.Equal(1, McNemar.Of(5000, 5000).ExactProbability, 1e-9);
    }

    [Theory]
    [InlineData(0.025, 1.959963984540054)]
    [InlineData(0.5, 0)]
    [InlineData(1e-9, 5.997807015007686)]
    public void Quantiles_of_the_normal_distribution_are_exact(double tail, double expected) =>
        Assert.Equal(expected, SpecialFunctions.NormalQuantile(tail), 1e-12);

    [Fact]
    public void What_cannot_be_tested_is_refused()
    {
        Assert.Throws<ArgumentException>(() => Correlation.Pearson([1, 2], [1, 2]));
        Assert.Throws<ArgumentException>(() => MultipleTests.Holm([0.1, 1.2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => WilsonInterval.Of(3, 2));
    }

    private static double[] Numbers(JsonElement list) => [.. list.EnumerateArray().Select(number => number.GetDouble())];

    private static void Near(JsonElement expected, double actual, double relative, double atol = 0) =>
        GoldenNumber.Near(File, expected.GetDouble(), actual, atol, relative, "a number");
}
