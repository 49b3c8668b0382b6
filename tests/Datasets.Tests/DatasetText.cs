using System.Text;

namespace Ratchet.Datasets.Tests;

/// <summary>Reads data sets that a test writes down.</summary>
internal static class DatasetText
{
    public static DatasetLimits NoMinimum { get; } = new(RowsMin: 0) { RowsAdvised = 0 };

    public static DatasetReadResult Read(string text, string fileName = "data.jsonl", DatasetLimits? limits = null) =>
        Read(Encoding.UTF8.GetBytes(text), fileName, limits);

    public static DatasetReadResult Read(byte[] bytes, string fileName = "data.jsonl", DatasetLimits? limits = null)
    {
        using var stream = new MemoryStream(bytes);
        return DatasetReader.Read(stream, fileName, limits ?? NoMinimum);
    }

    /// <summary>"line:column code" of each issue.</summary>
    public static string[] Places(IEnumerable<DatasetIssue> issues) =>
        [.. issues.Select(issue => $"{issue.Line}:{issue.Column} {issue.Code}")];

    public static string Chat(string question, string answer) =>
        $$"""{"messages":[{"role":"user","content":"{{question}}"},{"role":"assistant","content":"{{answer}}"}]}""";
}
