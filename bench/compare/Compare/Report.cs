using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Ratchet.Compare;

/// <summary>The table, for people and for programs.</summary>
internal sealed record Report(Machine Machine, IReadOnlyDictionary<string, string> Versions, IReadOnlyList<Row> Rows, IReadOnlyList<Check> Checks)
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public string Json() => JsonSerializer.Serialize(
        new { machine = Machine.ToString(), versions = Versions, rows = Rows, checks = Checks }, Indented) + "\n";

    public string Markdown()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"# Ratios on {Machine}");
        text.AppendLine();
        text.AppendLine(
            "`bench/compare/run` made this: both sides alternately, two threads each, the same weights; medians of the rounds. Higher is better. "
            + "Spread: (greatest - least) / median of the rounds' ratios.");
        text.AppendLine();
        text.AppendLine(string.Join(", ", Versions.Select(version => $"{version.Key} {version.Value}")));
        text.AppendLine();
        text.AppendLine("| row | ours | theirs | unit | ratio | target | | spread |");
        text.AppendLine("|---|---|---|---|---|---|---|---|");
        foreach (Row row in Rows)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"| {row.Name} | {Number(row.Ours)} | {Number(row.Theirs)} | {row.Unit} | {Ratio(row.Ratio)} | {row.Target:0.##} | {Verdict(row)} | {row.Spread:P0} |");
        }

        text.AppendLine();
        foreach (Row row in Rows)
        {
            string memory = row.PeakMemoryBytes is { } bytes ? $" Peak memory of our process: {bytes >> 20} MiB." : "";
            string more = (row.Reason ?? row.Note) is { } reason ? $" {char.ToUpperInvariant(reason[0])}{reason[1..]}." : "";
            text.AppendLine(CultureInfo.InvariantCulture, $"- {row.Name}: {row.Work}.{memory}{more}");
        }

        text.AppendLine();
        text.AppendLine("| both computed the same | found | bound | |");
        text.AppendLine("|---|---|---|---|");
        foreach (Check check in Checks)
        {
            string verdict = check.Holds switch { true => "holds", false => "FAILS", null => "not run" };
            text.AppendLine(CultureInfo.InvariantCulture, $"| {check.Name} | {check.Found.ReplaceLineEndings(" ")} | {check.Bound} | {verdict} |");
        }

        return text.ToString();
    }

    private static string Verdict(Row row) => row.Ratio is not { } ratio ? "not measured" : ratio >= row.Target ? "met" : "missed";

    private static string Ratio(double? value) => value is { } number ? number.ToString("0.00", CultureInfo.InvariantCulture) : "";

    private static string Number(double? value) => value switch
    {
        null => "",
        < 10 => value.Value.ToString("0.00", CultureInfo.InvariantCulture),
        < 1000 => value.Value.ToString("0.0", CultureInfo.InvariantCulture),
        _ => value.Value.ToString("N0", CultureInfo.InvariantCulture),
    };
}
