using System.Text.RegularExpressions;

namespace Aspire.Hosting.Dashboard;

/// <summary>Takes the colour codes out of console lines.</summary>
internal static partial class AnsiText
{
    public static string Strip(string line) => line.Contains('\u001b', StringComparison.Ordinal) ? Escape().Replace(line, "") : line;

    [GeneratedRegex(@"\u001b\[[0-?]*[ -/]*[@-~]")]
    private static partial Regex Escape();
}
