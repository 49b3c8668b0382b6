using System.Text;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.RagService.Documents;

/// <summary>Reads a table with a header row: each row becomes a line that names its columns.</summary>
/// <remarks>RFC 4180: fields may stand in quotation marks, which are doubled inside; such a field may hold line breaks.</remarks>
internal static class CsvText
{
    private static readonly char[] Delimiters = [',', ';', '\t', '|'];

    public static ExtractedText Read(string text, string name)
    {
        var lines = new RecordLines();
        List<string>? header = null;
        foreach ((int line, List<string> row) in Rows(text, DelimiterOf(text), name))
        {
            if (row is [""])
            {
                continue;
            }

            if (header is null)
            {
                header = row;
            }
            else if (row.Count > header.Count)
            {
                throw Broken(name, line, $"the row has {row.Count} fields and the header row names {header.Count}");
            }
            else
            {
                lines.Add([.. row.Select((value, column) => (header[column], value))]);
            }
        }

        return lines.ToText(null);
    }

    private static IEnumerable<(int Line, List<string> Row)> Rows(string text, char delimiter, string name)
    {
        var row = new List<string>();
        var field = new StringBuilder();
        int line = 1;
        int rowLine = 1;
        for (int i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && text[i] == '"' && field.Length == 0)
            {
                int opened = line;
                for (i++; ; i++)
                {
                    if (i >= text.Length)
                    {
                        throw Broken(name, opened, "a quotation mark opens a field and none closes it");
                    }

                    line += text[i] == '\n' ? 1 : 0;
                    if (text[i] != '"')
                    {
                        field.Append(text[i]);
                    }
                    else if (i + 1 < text.Length && text[i + 1] == '"')
                    {
                        field.Append(text[++i]);
                    }
                    else
                    {
                        break;
                    }
                }

                i++;
            }

            if (i >= text.Length || text[i] == '\n')
            {
                row.Add(field.ToString());
                field.Clear();
                yield return (rowLine, row);
                row = [];
                rowLine = ++line;
            }
            else if (text[i] == delimiter)
            {
                row.Add(field.ToString());
                field.Clear();
            }
            else
            {
                field.Append(text[i]);
            }
        }
    }

    private static ApiException Broken(string name, int line, string what) => new(
        400,
        "unreadable_csv",
        $"{name}, line {line}: {what}. Put fields that hold the delimiter, quotation marks or line breaks in quotation marks, and "
        + "double those inside.",
        "file");

    // The header row tells: names seldom hold any of them.
    private static char DelimiterOf(string text)
    {
        int end = text.IndexOf('\n', StringComparison.Ordinal);
        ReadOnlySpan<char> header = text.AsSpan(0, end < 0 ? text.Length : end);
        char best = Delimiters[0];
        int most = 0;
        foreach (char delimiter in Delimiters)
        {
            int count = header.Count(delimiter);
            if (count > most)
            {
                (best, most) = (delimiter, count);
            }
        }

        return best;
    }
}
