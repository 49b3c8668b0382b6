using System.Text.Json;
using Ratchet.ServiceDefaults.Events;

namespace Ratchet.Gateway.Records;

/// <summary>Acts on what the RagService says of its documents.</summary>
public sealed partial class DocumentEvents(ChatStore chats, ILogger<DocumentEvents> logger)
{
    private const string Deleted = "document.deleted";

    private static readonly string[] IdNames = ["document_id", "id", "document"];

    public Task HandleAsync(EventRecord record, CancellationToken _)
    {
        ArgumentNullException.ThrowIfNull(record);
        if (record.Type == Deleted && ReadId(record.Data) is { } documentId)
        {
            int count = chats.PurgeDocument(documentId);
            LogPurged(logger, count, documentId);
        }

        return Task.CompletedTask;
    }

    private static string? ReadId(string json)
    {
        using var data = JsonDocument.Parse(json);
        return data.RootElement.ValueKind != JsonValueKind.Object ? null : IdNames
            .Select(name => data.RootElement.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
                ? value.GetString() : null)
            .FirstOrDefault(id => id is not null);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} recorded answers citing the deleted document {Document} were purged")]
    private static partial void LogPurged(ILogger logger, int count, string document);
}
