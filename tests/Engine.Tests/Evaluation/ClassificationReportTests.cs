using System.Text.Json;
using Ratchet.Engine.Evaluation;
using Ratchet.TestKit;

namespace Ratchet.Engine.Tests.Evaluation;

/// <summary>Scores of labels against scikit-learn (F92 to F94).</summary>
public sealed class ClassificationReportTests
{
    private const string File = "metrics/classification.json";
    private const double Tolerance = 1e-9;

    [Fact]
    [Trait("Category", "Golden")]
    public void All_scores_are_those_of_scikit_learn()
    {
        foreach (JsonElement item in Golden.Read<JsonElement>(File).EnumerateArray())
        {
            string[] labels = Texts(item.GetProperty("labels"));
            var report = ClassificationReport.Of(Texts(item.GetProperty("truth")), Texts(item.GetProperty("predicted")), labels);

            Near(item.GetProperty("accuracy"), report.Accuracy);
            Near(item.GetProperty("mcc"), report.MatthewsCorrelation);
            Near(item.GetProperty("balanced_recall_macro"), report.Macro.Recall);
            Agree(item.GetProperty("macro"), report.Macro);
            Agree(item.GetProperty("micro"), report.Micro);
            Agree(item.GetProperty("weighted"), report.Weighted);
            JsonElement kappa = item.GetProperty("cohen_kappa");
            Assert.Equal(kappa.ValueKind == JsonValueKind.Null, report.CohensKappa is null);
            if (report.CohensKappa is { } agreement)
            {
                Near(kappa, agreement);
            }

            foreach ((JsonElement expected, ClassScore actual) in item.GetProperty("per_class").EnumerateArray().Zip(report.PerClass))
            {
                Assert.Equal(expected.GetProperty("label").GetString(), actual.Label);
                Assert.Equal(expected.GetProperty("support").GetInt32(), actual.Support);
                Agree(expected, new OverlapScore(actual.Precision, actual.Recall, actual.F1));
            }

            for (int i = 0; i < labels.Length; i++)
            {
                Assert.Equal(
                    item.GetProperty("confusion")[i].EnumerateArray().Select(count => count.GetInt32()),
                    Enumerable.Range(0, labels.Length).Select(j => report.Confusion(i, j)));
            }

            if (item.TryGetProperty("binary", out JsonElement binary))
            {
                ClassScore positive = report.PerClass.Single(score => score.Label == binary.GetProperty("positive").GetString());
                Agree(binary, new OverlapScore(positive.Precision, positive.Recall, positive.F1));
            }
        }
    }

    [Fact]
    public void An_answer_without_a_label_is_wrong_and_counts_for_no_class()
    {
        var report = ClassificationReport.Of(["yes", "no", "yes"], ["yes", "no", "?"], ["yes", "no"]);

        Assert.Equal(2.0 / 3, report.Accuracy, Tolerance);
        Assert.Equal(0.5, report.PerClass[0].Recall);
        Assert.Equal(1, report.PerClass[0].Precision);
        Assert.Equal(1, report.Micro.Precision);
        Assert.Equal(2.0 / 3, report.Micro.Recall, Tolerance);
    }

    [Fact]
    public void Lists_that_do_not_pair_are_refused()
    {
        Assert.Contains("2 true and 1 predicted", Assert.Throws<ArgumentException>(() => ClassificationReport.Of(["a", "b"], ["a"], ["a", "b"])).Message);
        Assert.Throws<ArgumentException>(() => ClassificationReport.Of(["a"], ["a"], ["a", "a"]));
    }

    private static string[] Texts(JsonElement list) => [.. list.EnumerateArray().Select(text => text.GetString()!)];

    private static void Agree(JsonElement expected, OverlapScore actual)
    {
        Near(expected.GetProperty("precision"), actual.Precision);
        Near(expected.GetProperty("recall"), actual.Recall);
        Near(expected.GetProperty("f1"), actual.F1);
    }

    private static void Near(JsonElement expected, double actual) => GoldenNumber.Near(File, expected.GetDouble(), actual, Tolerance, 0, "a score");
}
