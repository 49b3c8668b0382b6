using System.Text.Json;
using Ratchet.Engine.Evaluation;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Evaluation;

public sealed class PerplexityTests
{
    private const double RelativeTolerance = 1e-12;

    [Fact] // F91
    [Trait("Category", "Golden")]
    public void Perplexity_weighs_every_token_the_same()
    {
        foreach (JsonElement item in Golden.Read<JsonElement>("metrics/perplexity.json").EnumerateArray())
        {
            double[][] logProbabilities =
            [
                .. item.GetProperty("log_probabilities").EnumerateArray()
                    .Select(sequence => sequence.EnumerateArray().Select(value => value.GetDouble()).ToArray()),
            ];

            PerplexityScore score = Perplexity.Of(logProbabilities);

            Near(item.GetProperty("token_mean_nll").GetDouble(), score.NegativeLogLikelihood);
            Near(item.GetProperty("perplexity").GetDouble(), score.Perplexity);
            Near(item.GetProperty("bits_per_token").GetDouble(), score.BitsPerToken);
            Near(item.GetProperty("mean_of_sequence_perplexities").GetDouble(), score.MeanSequencePerplexity);
            foreach ((JsonElement expected, double actual) in item.GetProperty("sequence_nll").EnumerateArray().Zip(score.SequenceNegativeLogLikelihoods))
            {
                Near(expected.GetDouble(), actual);
            }
        }
    }

    [Fact]
    public void Nothing_has_no_perplexity() => Assert.Throws<ArgumentException>(() => Perplexity.Of([[], []]));

    private static void Near(double expected, double actual) =>
        GoldenNumber.Near("metrics/perplexity.json", expected, actual, 0, RelativeTolerance, "a score");
}
