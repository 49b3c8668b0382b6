using System.Text.Json;
using Ratchet.Engine.Evaluation;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Evaluation;

/// <summary>Exact match and token F1 (F92): SQuAD's and CMRC's rules.</summary>
public sealed class AnswerMetricsTests
{
    // Sums of fractions of small whole numbers: nothing but the last bit can differ.
    private const double Tolerance = 1e-9;
    private const double PercentTolerance = 1e-7;

    [Fact]
    [Trait("Category", "Golden")]
    public void Both_versions_of_squad_agree_with_their_rules()
    {
        const string File = "metrics/squad.json";
        var golden = Golden.Read<JsonElement>(File);
        var sums = new Dictionary<string, double> { ["v1_exact"] = 0, ["v1_f1"] = 0, ["v2_exact"] = 0, ["v2_f1"] = 0 };
        JsonElement cases = golden.GetProperty("cases");
        foreach (JsonElement item in cases.EnumerateArray())
        {
            string prediction = item.GetProperty("prediction").GetString()!;
            string[] references = References(item);
            Assert.Equal(item.GetProperty("prediction_normal").GetString(), SquadText.Normalize(prediction));
            var first = SquadScore.OfFirstVersion(prediction, references);
            var second = SquadScore.OfSecondVersion(prediction, references);
            foreach ((string name, double score) in new[]
            {
                ("v1_exact", first.Exact), ("v1_f1", first.F1), ("v2_exact", second.Exact), ("v2_f1", second.F1),
            })
            {
                GoldenNumber.Near(File, item.GetProperty(name).GetDouble(), score, Tolerance, 0, $"{name} of '{prediction}'");
                sums[name] += score;
            }
        }

        MeansAgree(File, golden, sums, cases.GetArrayLength());
    }

    [Fact]
    [Trait("Category", "Golden")]
    public void Chinese_answers_agree_with_cmrc()
    {
        const string File = "metrics/cmrc.json";
        var golden = Golden.Read<JsonElement>(File);
        var sums = new Dictionary<string, double> { ["exact"] = 0, ["f1_run"] = 0, ["f1_bag"] = 0 };
        JsonElement cases = golden.GetProperty("cases");
        foreach (JsonElement item in cases.EnumerateArray())
        {
            string prediction = item.GetProperty("prediction").GetString()!;
            Assert.Equal(
                item.GetProperty("prediction_tokens").EnumerateArray().Select(token => token.GetString()!),
                CjkText.AnswerTokens(prediction));
            var score = CmrcScore.Of(prediction, References(item));
            foreach ((string name, double part) in new[] { ("exact", score.Exact), ("f1_run", score.RunF1), ("f1_bag", score.BagF1) })
            {
                GoldenNumber.Near(File, item.GetProperty(name).GetDouble(), part, Tolerance, 0, $"{name} of '{prediction}'");
                sums[name] += part;
            }

            Assert.Equal(score.BagF1, References(item).Max(reference => TokenF1.ScoreCjk(prediction, reference)), Tolerance);
        }

        MeansAgree(File, golden, sums, cases.GetArrayLength());
    }

    [Fact]
    public void A_question_without_an_answer_is_right_when_nothing_is_said()
    {
        Assert.Equal(new SquadScore(1, 1), SquadScore.OfSecondVersion("", []));
        Assert.Equal(new SquadScore(1, 0), SquadScore.OfFirstVersion("", []));
        Assert.Equal(new SquadScore(0, 0), SquadScore.OfSecondVersion("something", ["the"]));
        Assert.Throws<ArgumentException>(() => CmrcScore.Of("北京", []));
    }

    [Fact]
    public void A_reference_in_brackets_counts_like_any_word()
    {
        Assert.Equal(1, ExactMatch.Score("we open at 9.  [Rule V-35]", "We open at 9. [Rule V-35]"));
        Assert.Equal(2 * 4.0 / (4 + 6), TokenF1.Score("We open at 9.", "We open at 9. [Rule V-35]"), Tolerance);
    }

    private static string[] References(JsonElement item) => [.. item.GetProperty("golds").EnumerateArray().Select(gold => gold.GetString()!)];

    private static void MeansAgree(string file, JsonElement golden, Dictionary<string, double> sums, int count)
    {
        foreach ((string name, double sum) in sums)
        {
            GoldenNumber.Near(file, golden.GetProperty("mean_percent").GetProperty(name).GetDouble(), 100 * sum / count, PercentTolerance, 0, $"mean {name}");
        }
    }
}
