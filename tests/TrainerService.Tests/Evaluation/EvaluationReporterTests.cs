using Microsoft.Extensions.Options;
using Ratchet.Contracts;
using Ratchet.Contracts.Trainer;
using Ratchet.TrainerService.Evaluation;
using Ratchet.TrainerService.Jobs;

namespace Ratchet.TrainerService.Tests.Evaluation;

/// <summary>What a report says of written answers: BLEU, BERTScore, labels (F90, F92 to F95).</summary>
public sealed class EvaluationReporterTests : IDisposable
{
    private const int Count = 12;

    private readonly string _path = Directory.CreateTempSubdirectory("ratchet-evaluation-").FullName;

    [Fact]
    public void Written_answers_are_measured_and_their_differences_have_intervals_that_do_not_decide()
    {
        EvaluationReport report = Report(i => $"The mill opens at {i} in the morning.", (role, answer) => role == "base" ? "I do not know." : answer, hasEncoder: true);

        EvaluationArm before = Arm(report, "base+rag");
        EvaluationArm after = Arm(report, "candidate+rag");
        Assert.Equal(100, after.Bleu!.Value, 1e-9);
        Assert.InRange(before.Bleu!.Value, 0, 5);
        Assert.Equal((0.25, 0.75), (before.BertScore, after.BertScore));
        Assert.Equal("all-minilm", report.Encoder);
        EvaluationDifference bleu = report.Differences.Single(d => d.Metric == "bleu");
        EvaluationDifference bert = report.Differences.Single(d => d.Metric == "bert_score");
        Assert.True(bleu is { ExampleCount: Count, Decides: false, Mean: > 0.8 } && bleu.Low > 0.8 && bleu.High <= 1, $"{bleu}");
        Assert.Equal((Count, 0.5, 0.5, false), (bert.ExampleCount, bert.Low, bert.High, bert.Decides));
        Assert.Equal(["nll", "token_f1"], report.Differences.Where(d => d.Decides).Select(d => d.Metric));
        Assert.Empty(report.Labels);
    }

    [Fact]
    public void Without_an_encoder_there_is_no_bertscore()
    {
        EvaluationReport report = Report(i => $"answer {i}", (_, answer) => answer, hasEncoder: false);

        Assert.Null(report.Encoder);
        Assert.All(report.Arms, arm => Assert.Null(arm.BertScore));
        Assert.DoesNotContain(report.Differences, d => d.Metric == "bert_score");
        Assert.NotNull(Arm(report, "candidate+rag").Bleu);
    }

    [Fact]
    public void Answers_that_are_labels_are_judged_as_labels()
    {
        // yes, no, yes, no ...: the candidate is right but for one that it turns and one without a label.
        EvaluationReport report = Report(
            i => i % 2 == 0 ? "Yes" : "No",
            (role, answer) => role == "base" ? "It is no." : answer,
            hasEncoder: false,
            (i, answer) => i == 0 ? "no" : i == 1 ? "nobody knows" : $"{answer}, of course.");

        EvaluationLabels before = report.Labels.Single(l => l.Name == "base+rag");
        EvaluationLabels after = report.Labels.Single(l => l.Name == "candidate+rag");
        Assert.Equal(["no", "yes"], after.Labels.Select(l => l.Label));
        Assert.Equal((Count, 1), (after.ExampleCount, after.UnlabelledCount));
        Assert.Equal(10.0 / 12, after.Accuracy, 1e-12);
        Assert.Equal([[5, 0], [1, 5]], after.Confusion);

        // no: 5 of 6 called so, 5 of 6 found; yes: 5 of 5, 5 of 6.
        Assert.Equal(((5.0 / 6) + (10.0 / 11)) / 2, after.MacroF1, 1e-12);
        Assert.Equal((0.5, 0), (before.Accuracy, before.UnlabelledCount));
    }

    [Theory]
    [InlineData(new[] { "a", "b" }, 5, true)]
    [InlineData(new[] { "a", "b" }, 4, false)]
    [InlineData(new[] { "a" }, 50, false)]
    [InlineData(new[] { "a", "This is far too long an answer to be called a label." }, 50, false)]
    public void A_set_has_labels_where_few_short_answers_come_again(string[] answers, int times, bool has)
    {
        IReadOnlyList<string> labels = LabelScores.LabelsOf([.. Enumerable.Repeat(answers, times).SelectMany(a => a)]);

        Assert.Equal(has, labels.Count > 0);
    }

    [Theory]
    [InlineData("not spam", "not spam")]
    [InlineData("I think it is not spam.", "not spam")]
    [InlineData("spam, not spam", "spam")]
    [InlineData("spammer", "")]
    [InlineData("这是 spam。", "spam")]
    public void The_first_label_that_stands_in_an_answer_is_its_label(string written, string label)
    {
        EvaluationLabels scores = LabelScores.Of("a", "uncovered", ["not spam", "spam"], [(written, "spam"), ("spam", "spam")]);

        Assert.Equal(label.Length == 0 ? 1 : 0, scores.UnlabelledCount);
        Assert.Equal(label == "spam" ? 2 : 1, scores.Confusion[1][1]);
        Assert.Equal(label == "not spam" ? 1 : 0, scores.Confusion[1][0]);
    }

    public void Dispose() => Directory.Delete(_path, recursive: true);

    private static EvaluationArm Arm(EvaluationReport report, string name) =>
        report.Arms.Single(arm => arm.Name == name && arm.Set == EvaluationSets.Uncovered);

    private EvaluationReport Report(
        Func<int, string> wanted, Func<string, string, string> written, bool hasEncoder, Func<int, string, string>? candidate = null)
    {
        var folder = new EvaluationFolder(_path);
        PromptMessage[] prompt = [new("user", "?")];
        Write(folder.Items, Enumerable.Range(0, Count).Select(i =>
            new EvaluationItem($"item-{i:00}", EvaluationSets.Uncovered, "?", wanted(i), prompt, prompt, Written: true, HasSource: null)));
        Write(folder.Results, from role in (string[])["base", "candidate"]
                              from mode in (string[])[EvaluationModes.Plain, EvaluationModes.Grounded]
                              from i in Enumerable.Range(0, Count)
                              let isWritten = mode == EvaluationModes.Grounded
                              let text = role == "candidate" && candidate is not null ? candidate(i, wanted(i)) : written(role, wanted(i))
                              select new EvaluationResult(
                                  role, mode, $"item-{i:00}", 10, 10, isWritten ? text : null, isWritten ? 0.1 : null,
                                  isWritten && hasEncoder ? (role == "base" ? 0.25 : 0.75) : null));
        JobFolder.Write(folder.Work, new EvaluationWork(
            "model.gguf", "model",
            [new EvaluatedModel("base", "model", null, true, true), new EvaluatedModel("candidate", "ft:a", "folder", true, true)],
            0, 24, 8, hasEncoder ? "models/all-minilm.gguf" : null));
        var reporter = new EvaluationReporter(Options.Create(new TrainerOptions()), TimeProvider.System);
        return reporter.Make(folder, new EvaluationSubject("ft:a", null, "house", "batch-1", "cycle-1", 0));
    }

    private static void Write<T>(string path, IEnumerable<T> items)
    {
        using FileStream stream = LineFile.OpenForAppend(path);
        LineFile.Append(stream, items);
    }
}
