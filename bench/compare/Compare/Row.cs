using System.Globalization;
using System.Text.Json.Serialization;

namespace Ratchet.Compare;

/// <summary>A line of the table.</summary>
/// <param name="Name">As the table of targets calls it.</param>
/// <param name="Work">What was done.</param>
/// <param name="Ours">The median over the rounds.</param>
/// <param name="Theirs">The same of the peer, or of the way that it is held against.</param>
/// <param name="Unit">Of both.</param>
/// <param name="Ratio">Higher is better; the median over the rounds. Null where it could not be measured.</param>
/// <param name="Target">What it is to reach.</param>
/// <param name="Spread">Of the rounds' ratios: (greatest - least) / median.</param>
internal sealed record Row(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("work")] string Work,
    [property: JsonPropertyName("ours")] double? Ours,
    [property: JsonPropertyName("theirs")] double? Theirs,
    [property: JsonPropertyName("unit")] string Unit,
    [property: JsonPropertyName("ratio")] double? Ratio,
    [property: JsonPropertyName("target")] double Target,
    [property: JsonPropertyName("spread")] double? Spread)
{
    [JsonPropertyName("reason"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reason { get; init; }

    [JsonPropertyName("note"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Note { get; init; }

    [JsonPropertyName("peak_memory_bytes"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? PeakMemoryBytes { get; init; }

    public override string ToString() => Ratio is { } ratio
        ? string.Create(CultureInfo.InvariantCulture, $"{Ours:0.#} / {Theirs:0.#} {Unit} = {ratio:0.00} (target {Target:0.##}, spread {Spread:P0})")
        : $"no ratio: {Reason}";
}

/// <summary>One round of a row: both sides, one after the other.</summary>
internal readonly record struct Round(double Ours, double Theirs, string Unit, double Ratio, long PeakBytes = 0, string Note = "")
{
    /// <summary>Of rates.</summary>
    public static Round Of(Measured ours, double theirs) => new(ours.Median, theirs, ours.Unit, ours.Median / theirs, ours.PeakBytes, ours.Note);

    /// <summary>Of two ways that one process measured in turn.</summary>
    public static Round OfBoth(Measured both)
        => new(both.Median, both.OthersMedian, both.Unit, both.Median / both.OthersMedian, both.PeakBytes, both.Note);

    /// <summary>Of a time or delay against what is allowed: less is better.</summary>
    public static Round OfTime(double ours, double allowed, string unit) => new(ours, allowed, unit, allowed / Math.Max(ours, 1e-9));
}

/// <summary>How a row comes to be.</summary>
/// <param name="Name">As in <see cref="Row"/>.</param>
/// <param name="Work">As in <see cref="Row"/>.</param>
/// <param name="Target">As in <see cref="Row"/>.</param>
/// <param name="Once">Does one round.</param>
internal sealed record RowPlan(string Name, string Work, double Target, Func<Round> Once)
{
    /// <summary>Why this machine cannot have the row; null where it can.</summary>
    public string? Impossible { get; init; }

    /// <summary>What a reader must know.</summary>
    public string? Note { get; init; }

    /// <summary>Whether the memory of our process belongs to the row.</summary>
    public bool HasMemory { get; init; }

    public Row Measure(int roundCount)
    {
        if (Impossible is not null)
        {
            return new Row(Name, Work, null, null, "", null, Target, null) { Reason = Impossible };
        }

        try
        {
            List<Round> rounds = [.. Enumerable.Range(0, roundCount).Select(_ => Once())];
            double ratio = Measured.MedianOf(rounds.Select(round => round.Ratio));
            string note = string.Join("; ", new[] { Note, rounds[0].Note }.Where(text => !string.IsNullOrEmpty(text)));
            return new Row(
                Name, Work, Measured.MedianOf(rounds.Select(round => round.Ours)), Measured.MedianOf(rounds.Select(round => round.Theirs)),
                rounds[0].Unit, ratio, Target, (rounds.Max(round => round.Ratio) - rounds.Min(round => round.Ratio)) / ratio)
            {
                Note = note.Length > 0 ? note : null,
                PeakMemoryBytes = HasMemory ? rounds.Max(round => round.PeakBytes) : null,
            };
        }
        catch (Exception failure) when (failure is PeerException or System.ComponentModel.Win32Exception or FormatException
            or System.Text.Json.JsonException or InvalidOperationException)
        {
            return new Row(Name, Work, null, null, "", null, Target, null) { Reason = failure.Message };
        }
    }
}
