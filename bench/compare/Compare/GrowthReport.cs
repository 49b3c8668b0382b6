using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ratchet.Compare;

/// <summary>How cost grows with length, batch, rank, cores and corpus: tables for people and for programs.</summary>
internal static class GrowthReport
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Measures and writes growth.md and growth.json.</summary>
    /// <param name="results">Folder of this machine's results.</param>
    /// <returns>The Markdown.</returns>
    public static string Write(Workplace place, Machine machine, string results)
    {
        string[] lines =
        [
            .. place.RunOurs("growth").Split('\n', StringSplitOptions.RemoveEmptyEntries),
            .. place.Run(Workplace.ProgramOf("Engine.Benchmarks"), ["corpus"], isMeasured: true).Split('\n', StringSplitOptions.RemoveEmptyEntries),
        ];
        JsonNode[] tables = [.. lines.Select(line => JsonNode.Parse(line)!)];
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"# How cost grows on {machine}").AppendLine();
        text.AppendLine("`bench/compare/run --growth` made this: the best of some repetitions each, the engine alone.");
        foreach (JsonNode table in tables)
        {
            string[] columns = [.. table["columns"]!.AsArray().Select(column => column!.GetValue<string>())];
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"## {table["title"]}").AppendLine();
            text.AppendLine(CultureInfo.InvariantCulture, $"| {string.Join(" | ", columns)} |");
            text.AppendLine(CultureInfo.InvariantCulture, $"|{string.Concat(columns.Select(_ => "---|"))}");
            foreach (JsonNode? row in table["rows"]!.AsArray())
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"| {string.Join(" | ", row!.AsArray().Select(value => Number(value!.GetValue<double>())))} |");
            }
        }

        File.WriteAllText(Path.Combine(results, "growth.md"), text.ToString());
        File.WriteAllText(
            Path.Combine(results, "growth.json"),
            new JsonObject { ["machine"] = machine.ToString(), ["tables"] = new JsonArray(tables) }.ToJsonString(Indented) + "\n");
        return text.ToString();
    }

    private static string Number(double value) => value is < 10 && value != Math.Floor(value)
        ? value.ToString("0.00", CultureInfo.InvariantCulture)
        : value.ToString("N0", CultureInfo.InvariantCulture);
}
