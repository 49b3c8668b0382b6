using Ratchet.Datasets;
using Ratchet.Datasets.LlamaFactory;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Infrastructure.Formats;

/// <summary>LLaMA-Factory's folders through the Datasets library.</summary>
public sealed class DatasetInfoReader : IDatasetInfoReader
{
    private const int NamesInMessage = 20;

    public NamedDataset Choose(ReadOnlyMemory<byte> datasetInfo, string? name)
    {
        IReadOnlyList<DatasetEntry> entries = DatasetInfo.Read(datasetInfo);
        string names = entries.Count == 0
            ? "It has none."
            : $"It has {string.Join(", ", entries.Take(NamesInMessage).Select(one => $"'{one.Name}'"))}{(entries.Count > NamesInMessage ? " and more" : "")}.";
        DatasetEntry entry = name is null
            ? entries.Count == 1 ? entries[0] : throw new DatasetInfoException($"Which data set is meant is not said. Name it in the part 'dataset'. {names}")
            : entries.FirstOrDefault(one => one.Name == name) ?? throw new DatasetInfoException($"{DatasetInfo.FileName} has no data set '{name}'. {names}");

        // Files are sent without their folders; what would lie outside of this one is refused all the same.
        return new NamedDataset(entry.Name, Path.GetFileName(entry.FileIn(Path.GetTempPath())), entry);
    }

    public IReadOnlyList<DatasetFault> Convert(NamedDataset dataset, string path, string target)
    {
        DatasetReadResult result;
        using (FileStream stream = File.OpenRead(path))
        {
            result = DatasetReader.Read(stream, dataset.FileName, new DatasetLimits { RowsMin = 0 }, (DatasetEntry)dataset.Entry);
        }

        if (result.Report.Errors.Count > 0)
        {
            return [.. result.Report.Errors.Select(e => new DatasetFault(e.Line, e.Column, e.Code, e.Message))];
        }

        using var written = new FileStream(target, FileMode.Create, FileAccess.Write, FileShare.None);
        DatasetWriter.Write(
            written, result.Rows, result.Format == DatasetFormat.Preference ? DatasetFormat.Preference : DatasetFormat.Chat, DatasetContainer.JsonLines);
        written.Flush(flushToDisk: true);
        return [];
    }
}
