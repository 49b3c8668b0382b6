using System.Text.Json;
using Ratchet.Contracts;
using Ratchet.Datasets;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Infrastructure.Formats;

/// <summary>All formats of the Datasets library.</summary>
public sealed class UploadReader : IDatasetReader
{
    public DatasetInspection Inspect(string path, string filename)
    {
        DatasetReadResult result = ReadAll(path, filename, new DatasetLimits());
        DatasetReport report = result.Report;
        List<DatasetFault> errors = [.. report.Errors.Select(e => new DatasetFault(e.Line, e.Column, e.Code, e.Message))];
        if (result.Format == DatasetFormat.Preference && errors.Count == 0)
        {
            errors.Add(new DatasetFault(
                1, 1, "unsupported_format",
                "The rows hold a preferred and a non-preferred answer; this service learns from one answer. Send messages, or "
                + "prompt and completion."));
        }

        return new DatasetInspection(
            report.Accepted, errors, JsonSerializer.SerializeToElement(report, WireJson.Options));
    }

    public IEnumerable<TrainingConversation> Read(string path, string filename) =>
        ReadAll(path, filename, new DatasetLimits { RowsMin = 0 }).Rows.Select(row => new TrainingConversation(
        [
            .. row.Messages.Select(m => new TrainingMessage(
                m.Role, m.Content, m.Name, m.ToolCalls is null ? null : JsonElement.Parse(m.ToolCalls), m.ToolCallId, m.Weight)),
        ]));

    private static DatasetReadResult ReadAll(string path, string filename, DatasetLimits limits)
    {
        using FileStream stream = File.OpenRead(path);
        return DatasetReader.Read(stream, filename, limits);
    }
}
