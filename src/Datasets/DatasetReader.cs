using System.Text;
using Ratchet.Datasets.Csv;
using Ratchet.Datasets.Json;
using Ratchet.Datasets.LlamaFactory;

namespace Ratchet.Datasets;

/// <summary>
/// Reads training data in any of the known formats, row by row, and reports everything that is wrong with it at once,
/// with line and column (F160).
/// </summary>
public static class DatasetReader
{
    private const int SniffedBytes = 4096;

    /// <summary>Reads a whole file; never throws for its content.</summary>
    /// <param name="stream">Read once from where it stands; left open.</param>
    /// <param name="fileName">Its ending helps to tell CSV from JSON.</param>
    /// <param name="entry">What a dataset_info.json says of the file; null where its keys are the usual ones.</param>
    public static DatasetReadResult Read(Stream stream, string fileName, DatasetLimits? limits = null, DatasetEntry? entry = null) =>
        Read(stream, fileName, limits, entry, keepsRows: true);

    /// <summary>As <see cref="Read(Stream, string, DatasetLimits?, DatasetEntry?)"/>, for the report alone: no row is kept.</summary>
    /// <param name="stream">Read once from where it stands; left open.</param>
    /// <param name="fileName">Its ending helps to tell CSV from JSON.</param>
    public static DatasetReport Check(Stream stream, string fileName, DatasetLimits? limits = null) =>
        Read(stream, fileName, limits, null, keepsRows: false).Report;

    private static DatasetReadResult Read(Stream stream, string fileName, DatasetLimits? limits, DatasetEntry? entry, bool keepsRows)
    {
        limits ??= new DatasetLimits();
        var issues = new IssueList(limits.IssuesMax);
        using var opened = new PrefixedStream(stream, SniffedBytes, limits.BytesMax);
        using Stream content = Utf8(opened, issues);
        DatasetContainer container = opened.IsUtf16 ? ByName(fileName) : Sniff(fileName, opened.Prefix);
        var rows = new RowCollector(issues, limits, keepsRows);
        if (container == DatasetContainer.Csv)
        {
            rows.AddAll(Meant(new CsvRecordReader(content, issues, limits).Read(), entry));
        }
        else
        {
            var slicer = new JsonSlicer(content, issues, limits);
            rows.AddAll(Meant(Values(slicer, issues, limits), entry));
            container = slicer.IsArray ? DatasetContainer.JsonArray : DatasetContainer.JsonLines;
        }

        if (opened.BytesRead > limits.BytesMax)
        {
            issues.Error(
                0,
                0,
                DatasetIssueCodes.FileTooLarge,
                $"The file is larger than {limits.BytesMax:N0} bytes; what lies beyond was not read. Split it.");
        }

        return rows.Finish(container, opened.BytesRead);
    }

    private static IEnumerable<LocatedValue?> Meant(IEnumerable<LocatedValue?> rows, DatasetEntry? entry)
    {
        if (entry is null)
        {
            return rows;
        }

        var mapping = new EntryMapping(entry);
        IEnumerable<LocatedValue?> mapped = rows.Select(row => row is null ? null : mapping.Apply(row));
        return entry.SampleCount is { } count ? mapped.Take(count) : mapped;
    }

    private static IEnumerable<LocatedValue?> Values(JsonSlicer slicer, IssueList issues, DatasetLimits limits)
    {
        var reader = new LocatedValueReader(issues, limits.NestingMax);
        foreach (JsonSlice slice in slicer.Read())
        {
            if (slice.Glued)
            {
                issues.Warning(
                    slice.Line,
                    slice.Column,
                    DatasetIssueCodes.GluedObjects,
                    "Another object ends on this line before this one; both were read, but JSONL wants one object a line.");
            }

            LocatedValue? value = reader.Read(slice);
            yield return value;
        }
    }

    private static Stream Utf8(PrefixedStream stream, IssueList issues)
    {
        if (!stream.IsUtf16)
        {
            return stream;
        }

        issues.Warning(1, 1, DatasetIssueCodes.InvalidEncoding, "The file is UTF-16; it was read, but UTF-8 is what other tools want.");
        Encoding encoding = stream.Prefix[0] == 0xFE ? Encoding.BigEndianUnicode : Encoding.Unicode;
        return Encoding.CreateTranscodingStream(stream, encoding, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
    }

    private static DatasetContainer ByName(string fileName) =>
        Path.GetExtension(fileName).ToLowerInvariant() is ".csv" or ".tsv" ? DatasetContainer.Csv : DatasetContainer.JsonLines;

    private static DatasetContainer Sniff(string fileName, ReadOnlySpan<byte> start)
    {
        string ending = Path.GetExtension(fileName).ToLowerInvariant();
        if (ending is ".csv" or ".tsv" or ".json" or ".jsonl" or ".ndjson")
        {
            return ByName(fileName);
        }

        start = start.StartsWith(Encoding.UTF8.Preamble) ? start[3..] : start;
        start = start.TrimStart(" \t\r\n"u8);
        return start.IsEmpty || start[0] is (byte)'{' or (byte)'[' ? DatasetContainer.JsonLines : DatasetContainer.Csv;
    }
}
