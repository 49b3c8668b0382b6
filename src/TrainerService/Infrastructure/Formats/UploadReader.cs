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
        using FileStream stream = File.OpenRead(path);
        DatasetReport report = DatasetReader.Check(stream, filename);
        List<DatasetFault> errors = [.. report.Errors.Select(e => new DatasetFault(e.Line, e.Column, e.Code, e.Message))];
        return new DatasetInspection(
            report.Accepted, errors, JsonSerializer.SerializeToElement(report, WireJson.Options), report.Format == DatasetFormat.Preference);
    }

    public IEnumerable<TrainingConversation> Read(string path, string filename)
    {
        using FileStream stream = File.OpenRead(path);
        return DatasetReader.Read(stream, filename, new DatasetLimits { RowsMin = 0 }).Rows.Select(row => new TrainingConversation(
            [.. row.Messages.Select(Message)],
            row.Preferred is { } preferred ? Message(preferred) : null,
            row.NonPreferred is { } other ? Message(other) : null));
    }

    private static TrainingMessage Message(ConversationMessage m) => new(
        m.Role, m.Content, m.Name, m.ToolCalls is null ? null : JsonElement.Parse(m.ToolCalls), m.ToolCallId, m.Weight);
}
