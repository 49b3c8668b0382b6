using System.Buffers;

namespace Ratchet.Datasets.Csv;

/// <summary>Writes records as RFC 4180 says, but with a bare line feed, as all our files have.</summary>
internal static class CsvWriter
{
    private static readonly SearchValues<char> NeedQuotes = SearchValues.Create(",\"\r\n;\t");

    public static void WriteRecord(TextWriter text, IEnumerable<string> fields) =>
        text.Write(string.Join(',', fields.Select(Quoted)) + "\n");

    private static string Quoted(string field) =>
        field.AsSpan().ContainsAny(NeedQuotes) || field.Length != field.Trim().Length
            ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
            : field;
}
