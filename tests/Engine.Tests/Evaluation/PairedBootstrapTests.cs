using System.Globalization;
using System.Text.Json;
using Ratchet.Engine.Evaluation;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Evaluation;

/// <summary>The statistics behind the gate (F116, F133).</summary>
public sealed class PairedBootstrapTests
{
    private const double Tolerance = 1e-9;

    [Fact]
    [Trait("Category", "Golden")]
    public void Random_numbers_are_those_of_splitmix64()
    {
        foreach (JsonElement item in Golden.Read<JsonElement>("metrics/statistics.json").GetProperty("splitmix64").EnumerateArray())
        {
            var random = new SplitMix64(item.GetProperty("seed").GetUInt64());

            foreach (JsonElement hex in item.GetProperty("hex").EnumerateArray())
            {
                Assert.Equal(ulong.Parse(hex.GetString()!, NumberStyles.HexNumber, CultureInfo.InvariantCulture), random.Next());
            }

            Assert.Equal(
                item.GetProperty("below_1000_after_those").EnumerateArray().Select(value => value.GetInt32()),
                Enumerable.Range(0, 6).Select(_ => random.Below(1000)));
        }
    }

    [Fact]
    [Trait("Category", "Golden")]
    public void Intervals_and_probabilities_agree()
    {
        foreach (JsonElement item in Golden.Read<JsonElement>("metrics/statistics.json").GetProperty("paired_bootstrap").EnumerateArray())
        {
            double[] champion = [.. item.GetProperty("champion").EnumerateArray().Select(value => value.GetDouble())];
            double[] candidate = [.. item.GetProperty("candidate").EnumerateArray().Select(value => value.GetDouble())];
            ulong seed = item.GetProperty("seed").GetUInt64();
            int rounds = item.GetProperty("rounds").GetInt32();

            BootstrapResult result = PairedBootstrap.Compare(champion, candidate, seed, rounds);
            BootstrapResult narrow = PairedBootstrap.Compare(champion, candidate, seed, rounds, confidence: 0.9);

            GoldenNumber.Near("metrics/statistics.json", item.GetProperty("difference").GetDouble(), result.Difference, Tolerance, 0, "difference");
            GoldenNumber.Near("metrics/statistics.json", item.GetProperty("confidence_95")[0].GetDouble(), result.Lower, Tolerance, 0, "confidence_95");
            GoldenNumber.Near("metrics/statistics.json", item.GetProperty("confidence_95")[1].GetDouble(), result.Upper, Tolerance, 0, "confidence_95");
            GoldenNumber.Near("metrics/statistics.json", item.GetProperty("confidence_90")[0].GetDouble(), narrow.Lower, Tolerance, 0, "confidence_90");
            GoldenNumber.Near("metrics/statistics.json", item.GetProperty("confidence_90")[1].GetDouble(), narrow.Upper, Tolerance, 0, "confidence_90");
            GoldenNumber.Near("metrics/statistics.json", item.GetProperty("p_candidate_not_better").GetDouble(), result.NotGreaterProbability, Tolerance, 0, "p_candidate_not_better");
            GoldenNumber.Near("metrics/statistics.json", item.GetProperty("p_two_sided").GetDouble(), result.TwoSidedProbability, Tolerance, 0, "p_two_sided");
        }
    }

    [Fact]
    public void The_same_seed_gives_the_same_verdict()
    {
        double[] champion = [.. Enumerable.Range(0, 120).Select(index => 2 + Math.Sin(index))];
        double[] candidate = [.. champion.Select((score, index) => score - (0.1 * (index % 3)))];

        BootstrapResult first = PairedBootstrap.Compare(champion, candidate, seed: 7);
        BootstrapResult again = PairedBootstrap.Compare(champion, candidate, seed: 7);

        Assert.Equal(first, again);
        Assert.True(first.Upper < 0);
        Assert.Equal(-0.1, first.Difference, Tolerance);
    }

    [Fact]
    public void Lists_that_cannot_be_paired_are_refused()
    {
        Assert.Contains("3", Assert.Throws<ArgumentException>(() => PairedBootstrap.Compare([1, 2, 3], [1, 2], 1)).Message);
        Assert.Throws<ArgumentException>(() => PairedBootstrap.Compare([], [], 1));
        Assert.Contains("Example 1", Assert.Throws<ArgumentException>(() => PairedBootstrap.Compare([1, double.NaN], [1, 2], 1)).Message);
    }
}
