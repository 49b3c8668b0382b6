using System.Globalization;
using Ratchet.Contracts.Trainer;
using Spectre.Console;

namespace Ratchet.FirstCycle;

/// <summary>The figures of a cycle as a table: arms, differences with intervals, probe, verdict.</summary>
internal static class ReportTable
{
    public static void Write(IAnsiConsole console, EvaluationReport report)
    {
        Table arms = Titled("Arms", "Questions", "Arm", "n", "NLL per token", "Perplexity", "Written", "Token F1", "Exact", "ROUGE-L", "BLEU", "BERTScore");
        foreach (EvaluationArm arm in report.Arms)
        {
            arms.AddRow(
                Words(arm.Set), Escaped(arm.Name), Text(arm.ExampleCount), Text(arm.Nll), Text(arm.Perplexity, "0.00"),
                Text(arm.WrittenCount), Text(arm.TokenF1), Text(arm.ExactMatch), Text(arm.RougeL),
                Text(arm.Bleu, "0.0"), Text(arm.BertScore));
        }

        console.WriteLine();
        console.Write(arms);

        Table differences = Titled("Differences, paired bootstrap", "Questions", "Measure", "Candidate - reference", "n", "Mean", "Interval", "", "Decides");
        foreach (EvaluationDifference one in report.Differences)
        {
            differences.AddRow(
                Words(one.Set), MetricWord(one.Metric), Escaped($"{one.Candidate} - {one.Reference}"), Text(one.ExampleCount),
                Signed(one.Mean), Escaped($"[{Signed(one.Low)}, {Signed(one.High)}]"), Judge(one), one.Decides ? "yes" : "");
        }

        console.Write(differences);

        EvaluationProbe probe = report.Probe;
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Probe: NLL {probe.Before:0.000} -> {probe.After:0.000} on {probe.ExampleCount} general questions, change {Signed(probe.Change)} "
            + $"[{Signed(probe.Low)}, {Signed(probe.High)}], budget {probe.Limit:0.00}: {(probe.High <= probe.Limit ? "within" : "not within")}."));
        console.WriteLine();
        console.WriteLine($"Verdict: {report.Verdict}");
        foreach (string reason in report.Reasons)
        {
            console.WriteLine($"  - {reason}");
        }
    }

    private static Table Titled(string title, params string[] columns)
    {
        var table = new Table { Title = new TableTitle(title), Border = TableBorder.Ascii2 };
        foreach (string column in columns)
        {
            table.AddColumn(new TableColumn(Escaped(column)) { NoWrap = true });
        }

        return table;
    }

    // Lower NLL is better, higher F1 is better; an interval that holds zero decides nothing.
    private static string Judge(EvaluationDifference one)
    {
        bool isClear = one.Low > 0 || one.High < 0;
        bool isBetter = one.Metric == "nll" ? one.High < 0 : one.Low > 0;
        return !isClear ? "not clear" : isBetter ? "better" : "worse";
    }

    private static string MetricWord(string metric) => metric switch
    {
        "nll" => "NLL",
        "token_f1" => "token F1",
        "bleu" => "BLEU",
        "bert_score" => "BERTScore",
        _ => metric,
    };

    private static string Words(string set) => set switch
    {
        "uncovered" => "no example covers",
        "covered" => "examples cover",
        "uncounted" => "other language",
        _ => set,
    };

    private static string Escaped(string text) => Markup.Escape(text);

    private static string Text(int count) => count.ToString(CultureInfo.InvariantCulture);

    private static string Text(double? value, string format = "0.000") => value?.ToString(format, CultureInfo.InvariantCulture) ?? "";

    private static string Signed(double value) => value.ToString("+0.000;-0.000;0.000", CultureInfo.InvariantCulture);
}
