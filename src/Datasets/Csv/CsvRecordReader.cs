using System.Text;
using Ratchet.Datasets.Json;

namespace Ratchet.Datasets.Csv;

/// <summary>Reads a table with a header row into rows of strings that know where they stand.</summary>
internal sealed class CsvRecordReader(Stream stream, IssueList issues, DatasetLimits limits)
{
    public IEnumerable<LocatedValue?> Read()
    {
        using var text = new StreamReader(stream, Encoding.UTF8, detectEncodingFromByteOrderMarks: true, leaveOpen: true);
        var reader = new CsvFieldReader(text, limits.RowBytesMax);
        if (reader.Read() is not { } names)
        {
            yield break;
        }

        string[] header = [.. names.Select(field => field.Text.Trim().ToLowerInvariant())];
        if (!CsvHeader.IsKnown(header))
        {
            issues.Error(
                names[0].Line,
                1,
                DatasetIssueCodes.MissingColumn,
                $"The header names {string.Join(", ", header.Take(20).Select(name => $"'{name}'"))}; needed is one of: {CsvHeader.KnownText}.");
            yield break;
        }

        while (reader.Read() is { } fields)
        {
            if (reader.Fault is { } fault)
            {
                issues.Error(fault.Line, fault.Column, fault.Code, fault.Message);
                yield return null;
            }
            else if (fields.Count != header.Length)
            {
                issues.Error(
                    fields[0].Line,
                    1,
                    DatasetIssueCodes.InvalidCsv,
                    $"The row has {fields.Count} fields, the header {header.Length}. A field with a comma or a line break stands in quotes.");
                yield return null;
            }
            else
            {
                yield return LocatedValue.OfStrings(
                    fields[0].Line, header.Zip(fields, (name, field) => (name, field.Text, field.Line, field.Column)));
            }
        }
    }
}
