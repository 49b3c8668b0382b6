namespace Ratchet.Datasets.Csv;

/// <summary>The headers that make a table a data set.</summary>
internal static class CsvHeader
{
    private static readonly string[][] Known =
    [
        ["question", "answer"],
        ["prompt", "completion"],
        ["instruction", "output"],
        ["dialogue", "summary"],
        ["prompt", "chosen", "rejected"],
    ];

    public static string KnownText { get; } = string.Join("; ", Known.Select(names => string.Join(", ", names)));

    public static bool IsKnown(IReadOnlyCollection<string> header) => Known.Any(names => names.All(header.Contains));
}
