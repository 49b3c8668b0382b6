using System.Text.Json;

namespace Ratchet.Datasets.Tests.Samples;

/// <summary>A question and answer of the sample business.</summary>
public sealed record SampleRow(
    string Collection, string Question, string Answer, string DocumentKey, string Split, string State, bool Counted)
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static IReadOnlyList<SampleRow> Read(string file) =>
        [.. File.ReadLines(file).Select(line => JsonSerializer.Deserialize<SampleRow>(line, SnakeCase)!)];
}
