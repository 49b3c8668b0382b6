using System.Text.Json;
using System.Text.Json.Nodes;
using Ratchet.ServiceDefaults.Errors;
using WireMessage = Ratchet.Contracts.OpenAI.ChatMessage;

namespace Ratchet.InferenceService.Tools;

/// <summary>What a message says of calls, as chat templates want it.</summary>
internal static class ToolFields
{
    private static readonly Dictionary<string, JsonElement> None = [];

    /// <summary>tool_calls and tool_call_id of a message, and whose result it is.</summary>
    /// <exception cref="ApiException">400: tool_calls is not a list of calls.</exception>
    public static IReadOnlyDictionary<string, JsonElement> Of(WireMessage message, int index)
    {
        bool hasCalls = message.ToolCalls is { ValueKind: not (JsonValueKind.Null or JsonValueKind.Undefined) };
        string? result = message.Role is "tool" or "function" ? message.Name : null;
        if (!hasCalls && message.ToolCallId is null && result is null)
        {
            return None;
        }

        var fields = new Dictionary<string, JsonElement>();
        if (hasCalls)
        {
            fields["tool_calls"] = Calls(message.ToolCalls!.Value, $"messages[{index}].tool_calls");
        }

        if (message.ToolCallId is { } id)
        {
            fields["tool_call_id"] = JsonSerializer.SerializeToElement(id);
        }

        if (result is not null)
        {
            fields["name"] = JsonSerializer.SerializeToElement(result);
        }

        return fields;
    }

    // The API has the arguments as text that holds JSON; templates print them as JSON, and would quote the text once more.
    private static JsonElement Calls(JsonElement calls, string place)
    {
        if (calls.ValueKind != JsonValueKind.Array)
        {
            throw Unusable(place);
        }

        JsonArray list = JsonArray.Create(calls)!.DeepClone().AsArray();
        foreach (JsonNode? call in list)
        {
            if ((call as JsonObject)?["function"] is not JsonObject function || function["name"]?.GetValueKind() != JsonValueKind.String)
            {
                throw Unusable(place);
            }

            if (function["arguments"]?.GetValueKind() == JsonValueKind.String)
            {
                function["arguments"] = Parsed((string)function["arguments"]!) ?? function["arguments"]!.DeepClone();
            }
        }

        return JsonSerializer.SerializeToElement(list);
    }

    private static JsonNode? Parsed(string arguments)
    {
        try
        {
            return arguments.Length == 0 ? new JsonObject() : JsonNode.Parse(arguments);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static ApiException Unusable(string place) => ApiException.BadField(
        place, $"{place} must be a list of {{\"id\": ..., \"type\": \"function\", \"function\": {{\"name\": ..., \"arguments\": \"...\"}}}}.");
}
