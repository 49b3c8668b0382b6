using System.Text.Json;
using Ratchet.Engine.Evaluation;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Evaluation;

/// <summary>Exact match and token F1 (F92): SQuAD's and CMRC's rules.</summary>
public sealed class AnswerMetricsTests
{
    // Sums of fractions of small whole numbers: nothing but the last bit can differ.
    private const double Tolerance = 1e-9;

    [Fact]
    [Trait("Category", "Golden")]
    public void Exact_match_and_token_f1_agree_with_squad()
    {
        var golden = Golden.Read<JsonElement>("metrics/squad.json");
        double exact = 0;
        double f1 = 0;
        JsonElement cases = golden.GetProperty("cases");
        foreach (JsonElement item in cases.EnumerateArray())
        {
            string prediction = item.GetProperty("prediction").GetString()!;
            string[] references = [.. item.GetProperty("golds").EnumerateArray().Select(gold => gold.GetString()!)];

            Assert.Equal(item.GetProperty("prediction_normal").GetString(), SquadText.Normalize(prediction));
            Assert.Equal(item.GetProperty("v1_exact").GetDouble(), ExactMatch.Score(prediction, references));
            Assert.Equal(item.GetProperty("v2_f1").GetDouble(), TokenF1.Score(prediction, references), Tolerance);
            exact += ExactMatch.Score(prediction, references);
            f1 += TokenF1.Score(prediction, references);
        }

        int count = cases.GetArrayLength();
        Assert.Equal(golden.GetProperty("mean_percent").GetProperty("v1_exact").GetDouble(), 100 * exact / count, 1e-7);
        Assert.Equal(golden.GetProperty("mean_percent").GetProperty("v2_f1").GetDouble(), 100 * f1 / count, 1e-7);
    }

    [Fact]
    [Trait("Category", "Golden")]
    public void Token_f1_of_chinese_agrees_with_cmrc()
    {
        foreach (JsonElement item in Golden.Read<JsonElement>("metrics/cmrc.json").GetProperty("cases").EnumerateArray())
        {
            string prediction = item.GetProperty("prediction").GetString()!;

            Assert.Equal(
                item.GetProperty("prediction_tokens").EnumerateArray().Select(token => token.GetString()!),
                CjkText.AnswerTokens(prediction));
            Assert.Equal(
                item.GetProperty("f1_bag").GetDouble(),
                item.GetProperty("golds").EnumerateArray().Max(gold => TokenF1.ScoreCjk(prediction, gold.GetString()!)),
                Tolerance);
        }
    }

    [Fact]
    public void A_reference_in_brackets_counts_like_any_word()
    {
        Assert.Equal(1, ExactMatch.Score("we open at 9.  [Rule V-35]", "We open at 9. [Rule V-35]"));
        Assert.Equal(2 * 4.0 / (4 + 6), TokenF1.Score("We open at 9.", "We open at 9. [Rule V-35]"), Tolerance);
    }
}
