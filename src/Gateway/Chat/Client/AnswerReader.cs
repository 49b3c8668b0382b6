using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace Ratchet.Gateway.Chat.Client;

/// <summary>From the wire to the words of Microsoft.Extensions.AI.</summary>
internal static class AnswerReader
{
    private const string Extension = "x_ratchet";

    public static ChatResponse Read(JsonObject completion, DateTimeOffset createdAt)
    {
        JsonNode? choice = completion["choices"]?[0];
        JsonNode? message = choice?["message"];
        var contents = new List<AIContent>();
        if ((string?)message?["content"] is { } text && (text.Length > 0 || message["tool_calls"] is null))
        {
            contents.Add(new TextContent(text) { Annotations = Citations(message["annotations"]) });
        }

        foreach (JsonNode? call in message?["tool_calls"] as JsonArray ?? [])
        {
            contents.Add(Call((string?)call?["id"], (string?)call?["function"]?["name"], (string?)call?["function"]?["arguments"]));
        }

        return new ChatResponse(new Microsoft.Extensions.AI.ChatMessage(ChatRole.Assistant, contents))
        {
            ResponseId = (string?)completion["id"],
            ModelId = (string?)completion["model"],
            CreatedAt = createdAt,
            FinishReason = Reason(choice),
            Usage = Usage(completion),
            RawRepresentation = completion,
            AdditionalProperties = Beside(completion),
        };
    }

    public static ChatFinishReason? Reason(JsonNode? choice) =>
        (string?)choice?["finish_reason"] is { Length: > 0 } reason ? new ChatFinishReason(reason) : null;

    public static UsageDetails? Usage(JsonObject answer) => answer["usage"] is not JsonObject usage ? null : new UsageDetails
    {
        InputTokenCount = Count(usage["prompt_tokens"]),
        OutputTokenCount = Count(usage["completion_tokens"]),
        TotalTokenCount = Count(usage["total_tokens"]),
        CachedInputTokenCount = Count(usage["prompt_tokens_details"]?["cached_tokens"]),
    };

    public static AdditionalPropertiesDictionary? Beside(JsonObject answer) =>
        answer[Extension] is { } trace ? new AdditionalPropertiesDictionary { [Extension] = trace } : null;

    /// <summary>A call; arguments that are no JSON object are handed on as the fault they are.</summary>
    public static FunctionCallContent Call(string? id, string? name, string? arguments)
    {
        string json = string.IsNullOrWhiteSpace(arguments) ? "{}" : arguments;
        return FunctionCallContent.CreateFromParsedArguments(
            json, id ?? "", name ?? "",
            static text => JsonSerializer.Deserialize<Dictionary<string, object?>>(text, AIJsonUtilities.DefaultOptions));
    }

    /// <summary>The annotations of a message: source and place in the text.</summary>
    public static IList<AIAnnotation>? Citations(JsonNode? annotations)
    {
        List<AIAnnotation> citations =
        [
            .. from annotation in annotations as JsonArray ?? []
               let citation = annotation?["url_citation"]
               where citation is not null
               select new CitationAnnotation
               {
                   Title = (string?)citation["title"],
                   Url = Uri.TryCreate((string?)citation["url"], UriKind.RelativeOrAbsolute, out Uri? url) ? url : null,
                   AnnotatedRegions =
                   [
                       new TextSpanAnnotatedRegion { StartIndex = (int?)citation["start_index"], EndIndex = (int?)citation["end_index"] },
                   ],
               },
        ];
        return citations.Count == 0 ? null : citations;
    }

    private static long? Count(JsonNode? value) => value is null ? null : long.Parse(value.ToJsonString(), CultureInfo.InvariantCulture);
}
