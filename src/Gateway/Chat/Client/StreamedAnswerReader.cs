using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace Ratchet.Gateway.Chat.Client;

/// <summary>From the pieces on the wire to updates; a call is handed on once its last piece has come.</summary>
internal sealed class StreamedAnswerReader(DateTimeOffset createdAt)
{
    private readonly SortedDictionary<int, (string? Id, string? Name, StringBuilder Arguments)> _calls = [];

    public ChatResponseUpdate Read(JsonObject chunk)
    {
        if ((string?)chunk["error"]?["message"] is { } error)
        {
            throw new InvalidOperationException(error);
        }

        JsonNode? choice = (chunk["choices"] as JsonArray)?.FirstOrDefault();
        JsonNode? delta = choice?["delta"];
        ChatFinishReason? reason = AnswerReader.Reason(choice);
        var contents = new List<AIContent>();
        IList<AIAnnotation>? citations = AnswerReader.Citations(delta?["annotations"]);
        if ((string?)delta?["content"] is { Length: > 0 } || citations is not null)
        {
            contents.Add(new TextContent((string?)delta?["content"] ?? "") { Annotations = citations });
        }

        Gather(delta?["tool_calls"] as JsonArray);
        if (reason is not null)
        {
            contents.AddRange(_calls.Values.Select(call => AnswerReader.Call(call.Id, call.Name, call.Arguments.ToString())));
            _calls.Clear();
        }

        if (AnswerReader.Usage(chunk) is { } usage)
        {
            contents.Add(new UsageContent(usage));
        }

        return new ChatResponseUpdate(ChatRole.Assistant, contents)
        {
            ResponseId = (string?)chunk["id"],
            MessageId = (string?)chunk["id"],
            ModelId = (string?)chunk["model"],
            CreatedAt = createdAt,
            FinishReason = reason,
            RawRepresentation = chunk,
            AdditionalProperties = AnswerReader.Beside(chunk),
        };
    }

    private void Gather(JsonArray? pieces)
    {
        foreach (JsonNode? piece in pieces ?? [])
        {
            int index = (int?)piece?["index"] ?? 0;
            (string? id, string? name, StringBuilder arguments) = _calls.TryGetValue(index, out var known)
                ? known
                : (null, null, new StringBuilder());
            arguments.Append((string?)piece?["function"]?["arguments"]);
            _calls[index] = ((string?)piece?["id"] ?? id, (string?)piece?["function"]?["name"] ?? name, arguments);
        }
    }
}
