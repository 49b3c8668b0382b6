using System.Text.Json;

namespace Ratchet.Compare;

/// <summary>What one process measured.</summary>
/// <param name="Unit">Of the samples.</param>
/// <param name="Samples">One a repetition.</param>
/// <param name="Others">Of the other way, where both run in one process.</param>
/// <param name="PeakBytes">Most memory that the process had.</param>
/// <param name="Note">What a reader must know.</param>
internal sealed record Measured(string Unit, IReadOnlyList<double> Samples, IReadOnlyList<double> Others, long PeakBytes, string Note)
{
    public double Median => MedianOf(Samples);

    public double OthersMedian => MedianOf(Others);

    /// <summary>Reads the line that a measurement of ours, or a Python script, prints last.</summary>
    public static Measured Parse(string output)
    {
        using var document = JsonDocument.Parse(output.TrimEnd().Split('\n')[^1]);
        JsonElement root = document.RootElement;
        return new Measured(
            root.GetProperty("unit").GetString()!, Numbers(root, "samples"), Numbers(root, "others"),
            root.TryGetProperty("peak_bytes", out JsonElement peak) ? peak.GetInt64() : 0,
            root.TryGetProperty("note", out JsonElement note) ? note.GetString()! : "");
    }

    public static double MedianOf(IEnumerable<double> numbers)
    {
        double[] ordered = [.. numbers.Order()];
        return ordered.Length == 0 ? 0 : (ordered[ordered.Length / 2] + ordered[(ordered.Length - 1) / 2]) / 2;
    }

    private static double[] Numbers(JsonElement root, string name) => root.TryGetProperty(name, out JsonElement list)
        ? [.. list.EnumerateArray().Select(number => number.GetDouble())]
        : [];
}
