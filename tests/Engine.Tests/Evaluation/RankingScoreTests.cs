using System.Globalization;
using System.Text.Json;
using Ratchet.Engine.Evaluation;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Evaluation;

/// <summary>Scores of ranked lists against trec_eval.</summary>
public sealed class RankingScoreTests
{
    private const string File = "metrics/ranking.json";
    private const double Tolerance = 1e-9;

    [Fact]
    [Trait("Category", "Golden")]
    public void All_scores_are_those_of_trec_eval()
    {
        var golden = Golden.Read<JsonElement>(File);
        var sums = new Dictionary<string, double>();
        JsonElement queries = golden.GetProperty("queries");
        foreach (JsonElement query in queries.EnumerateArray())
        {
            var score = new RankingScore(
                [.. query.GetProperty("returned").EnumerateArray().Select(document => document.GetString()!)],
                query.GetProperty("relevance").EnumerateObject().ToDictionary(pair => pair.Name, pair => pair.Value.GetInt32()));
            foreach (JsonProperty metric in query.GetProperty("metrics").EnumerateObject())
            {
                double found = Of(score, metric.Name);
                GoldenNumber.Near(File, metric.Value.GetDouble(), found, Tolerance, 0, metric.Name);
                sums[metric.Name] = sums.GetValueOrDefault(metric.Name) + found;
            }
        }

        foreach (JsonProperty metric in golden.GetProperty("mean").EnumerateObject())
        {
            GoldenNumber.Near(File, metric.Value.GetDouble(), sums[metric.Name] / queries.GetArrayLength(), Tolerance, 0, $"mean {metric.Name}");
        }
    }

    [Fact]
    public void Nothing_relevant_scores_nothing()
    {
        var score = new RankingScore(["a", "b"], new Dictionary<string, int> { ["a"] = 0 });

        Assert.All([score.AveragePrecision, score.Recall(1), score.Ndcg(), score.ReciprocalRank(), score.HitRate(2)], part => Assert.Equal(0, part));
    }

    private static double Of(RankingScore score, string metric)
    {
        string[] parts = metric.Split('@');
        int places = parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : int.MaxValue;
        return parts[0] switch
        {
            "precision" => score.Precision(places),
            "recall" => score.Recall(places),
            "hit_rate" => score.HitRate(places),
            "ndcg" => score.Ndcg(places),
            "ndcg_exponential" => score.Ndcg(places, isExponential: true),
            "mrr" => score.ReciprocalRank(places),
            "map" => score.AveragePrecision,
            _ => throw new NotSupportedException($"The golden file asks for '{metric}'."),
        };
    }
}
