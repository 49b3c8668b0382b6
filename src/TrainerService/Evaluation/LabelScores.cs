using Ratchet.Contracts.Trainer;
using Ratchet.Engine.Evaluation;

namespace Ratchet.TrainerService.Evaluation;

/// <summary>Accuracy, F1 and confusion where a set's answers are a few labels that come again and again (F92 to F95).</summary>
internal static class LabelScores
{
    private const int LabelsMax = 20;
    private const int LabelLengthMax = 40;

    // Fewer, and answers that happen to be alike would pass for labels.
    private const int ExamplesPerLabelMin = 5;

    /// <summary>The labels of a set, normalised, in alphabetical order; empty where its answers are no labels.</summary>
    /// <param name="answers">The wanted answer of every question of the set.</param>
    public static IReadOnlyList<string> LabelsOf(IReadOnlyList<string> answers)
    {
        string[] all = [.. answers.Select(Normal)];
        string[] labels = [.. all.Distinct().Order(StringComparer.Ordinal)];
        return labels.Length is >= 2 and <= LabelsMax && all.Length >= ExamplesPerLabelMin * labels.Length
            && labels.All(label => label.Length is > 0 and <= LabelLengthMax)
                ? labels : [];
    }

    /// <summary>Judges an arm's written answers.</summary>
    /// <param name="name">The arm.</param>
    /// <param name="set">The set of questions.</param>
    /// <param name="labels">From <see cref="LabelsOf"/>.</param>
    /// <param name="answers">At least one.</param>
    public static EvaluationLabels Of(
        string name, string set, IReadOnlyList<string> labels, IReadOnlyList<(string Written, string Reference)> answers)
    {
        string[] truth = [.. answers.Select(a => Normal(a.Reference))];
        string[] predicted = [.. answers.Select(a => Find(Normal(a.Written), labels) ?? "")];
        var report = ClassificationReport.Of(truth, predicted, labels);
        return new EvaluationLabels(
            name, set, answers.Count, predicted.Count(label => label.Length == 0), report.Accuracy, report.Macro.F1, report.Micro.F1,
            [.. report.PerClass.Select(c => new EvaluationLabel(c.Label, c.Precision, c.Recall, c.F1, c.Support))],
            [.. Enumerable.Range(0, labels.Count).Select(row => (IReadOnlyList<int>)
                [.. Enumerable.Range(0, labels.Count).Select(column => report.Confusion(row, column))])]);
    }

    // The label that the answer is; else the first that stands in it as whole words, of two at one place the longer.
    private static string? Find(string written, IReadOnlyList<string> labels) => labels.Contains(written)
        ? written
        : labels.Select(label => (Label: label, Place: PlaceOf(written, label))).Where(found => found.Place >= 0)
            .OrderBy(found => found.Place).ThenByDescending(found => found.Label.Length).FirstOrDefault().Label;

    private static int PlaceOf(string text, string label)
    {
        for (int at = text.IndexOf(label, StringComparison.Ordinal); at >= 0; at = text.IndexOf(label, at + 1, StringComparison.Ordinal))
        {
            int end = at + label.Length;
            if ((at == 0 || !IsLetter(text[at - 1]) || !IsLetter(label[0])) && (end == text.Length || !IsLetter(text[end]) || !IsLetter(label[^1])))
            {
                return at;
            }
        }

        return -1;
    }

    // Scripts without spaces have no word ends to look for.
    private static bool IsLetter(char c) => char.IsLetterOrDigit(c) && c < '\u2E80';

    private static string Normal(string text) => text.Trim().Trim('.', '!', '?', '"', '\'', '。', '！', '？', ',', ':', ';').Trim().ToLowerInvariant();
}
