using System.Text.Json;
using Ratchet.ServiceDefaults.Caching;
using Ratchet.ServiceDefaults.Events;

namespace Ratchet.Gateway.Records;

/// <summary>Acts on what the RagService says of its documents.</summary>
public sealed partial class DocumentEvents(ChatStore chats, IResponseCache cache, ILogger<DocumentEvents> logger)
{
    private const string Deleted = "document.deleted";

    private static readonly string[] IdNames = ["document_id", "id", "document"];

    public async Task HandleAsync(EventRecord record, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(record);
        if (record.Type == Deleted && ReadId(record.Data) is { } documentId)
        {
            int count = chats.PurgeDocument(documentId);
            LogPurged(logger, count, documentId);

            // Where the cache cannot be asked now, this fails and the event comes again.
            await cache.ForgetAsync(documentId, cancellation);
        }
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
