using System.Text.Json;
using Ratchet.Engine.Evaluation;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tests.Models;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Evaluation;

/// <summary>BERTScore against bert_score (F90), with the bundled encoder.</summary>
public sealed class BertScoreTests : IDisposable
{
    private const string File = "metrics/bertscore.json";

    // bert_score ran the float32 model; the bundled one has its weights in eight bits (their embeddings are 0.9994 to 0.9998 alike).
    // With float32 activations those weights alone put a text of two words off by 3.2e-3, and 3 of the 19 pairs by more than the 1e-3 of a float32 encoder
    // (docs/testing.md); over a set that averages out.
    private const double MeanTolerance = 1e-3;
    private const double PairTolerance = 5e-3;
    private const double IdentityTolerance = 1e-6;

    private readonly LoadedEncoder _encoder = ModelLoader.LoadEncoder(Bundled.EncoderPath);

    [Fact]
    [Trait("Category", "Golden")]
    public void Scores_are_those_of_bert_score()
    {
        var golden = Golden.Read<JsonElement>(File);
        Assert.Equal(_encoder.Name, golden.GetProperty("model").GetString(), ignoreCase: true);
        Assert.Equal(_encoder.Model.Blocks.Count, golden.GetProperty("layer").GetInt32());
        JsonElement[] pairs = [.. golden.GetProperty("pairs").EnumerateArray()];
        OverlapScore[] scores = BertScore.Of(
            _encoder, [.. pairs.Select(pair => pair.GetProperty("prediction").GetString()!)], [.. pairs.Select(pair => pair.GetProperty("reference").GetString()!)]);
        for (int i = 0; i < pairs.Length; i++)
        {
            Agree(pairs[i], scores[i], PairTolerance);
            if (pairs[i].GetProperty("prediction").GetString() == pairs[i].GetProperty("reference").GetString())
            {
                Assert.Equal(1, scores[i].F1, IdentityTolerance);
            }
        }

        Agree(golden.GetProperty("mean"), new OverlapScore(scores.Average(s => s.Precision), scores.Average(s => s.Recall), scores.Average(s => s.F1)), MeanTolerance);
    }

    [Fact]
    public void Marks_may_be_matched_but_do_not_count()
    {
        // Two dimensions; the word between the marks is nearest to the other text's last mark.
        float[] prediction = [1, 0, 0, 1, 1, 0];
        float[] reference = [1, 0, 1, 1, 0, 2];

        OverlapScore score = BertScore.Of(prediction, reference, 2);

        Assert.Equal(1, score.Precision, IdentityTolerance);
        Assert.Equal(Math.Sqrt(0.5), score.Recall, IdentityTolerance);
        Assert.Equal(default, BertScore.Of([1, 0, 0, 1], reference, 2));
        Assert.Throws<ArgumentException>(() => BertScore.Of([1, 0, 0], reference, 2));
    }

    public void Dispose() => _encoder.Dispose();

    private static void Agree(JsonElement expected, OverlapScore actual, double tolerance)
    {
        GoldenNumber.Near(File, expected.GetProperty("precision").GetDouble(), actual.Precision, tolerance, 0, "precision");
        GoldenNumber.Near(File, expected.GetProperty("recall").GetDouble(), actual.Recall, tolerance, 0, "recall");
        GoldenNumber.Near(File, expected.GetProperty("f1").GetDouble(), actual.F1, tolerance, 0, "f1");
    }
}
