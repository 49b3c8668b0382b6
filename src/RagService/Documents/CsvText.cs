using Ratchet.Datasets.Csv;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.RagService.Documents;

/// <summary>Reads a table with a header row: each row becomes a line that names its columns.</summary>
internal static class CsvText
{
    public static ExtractedText Read(string text, string name)
    {
        // The document's own limit is the only one: a row may be as long as the text is.
        var reader = new CsvFieldReader(new StringReader(text), text.Length);
        var lines = new RecordLines();
        List<CsvField>? header = null;
        while (reader.Read() is { } row)
        {
            if (reader.Fault is { } fault)
            {
                throw Broken(name, fault.Line, fault.Column, fault.Message);
            }

            if (header is null)
            {
                header = row;
            }
            else if (row.Count > header.Count)
            {
                CsvField surplus = row[header.Count];
                throw Broken(
                    name, surplus.Line, surplus.Column,
                    $"The row has {row.Count} fields and the header row names {header.Count}. Put a field that holds the delimiter in quotation marks.");
            }
            else
            {
                lines.Add([.. row.Select((field, column) => (header[column].Text, field.Text))]);
            }
        }

        return lines.ToText(null);
    }

    private static ApiException Broken(string name, int line, int column, string message) =>
        new(400, "unreadable_csv", $"{name}, line {line}, column {column}: {message}", "file");
}
