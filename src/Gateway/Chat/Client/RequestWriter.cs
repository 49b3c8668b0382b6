using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using Ratchet.Contracts;
using Ratchet.Contracts.OpenAI;
using WireMessage = Ratchet.Contracts.OpenAI.ChatMessage;

namespace Ratchet.Gateway.Chat.Client;

/// <summary>From the words of Microsoft.Extensions.AI to the wire. What has no place there is refused, not dropped.</summary>
internal static class RequestWriter
{
    private const string Retrieval = "retrieval";

    private static readonly JsonSerializerOptions Compact = new(AIJsonUtilities.DefaultOptions) { WriteIndented = false };

    public static ChatCompletionRequest Write(IEnumerable<Microsoft.Extensions.AI.ChatMessage> messages, ChatOptions? options)
    {
        var request = new ChatCompletionRequest
        {
            Model = options?.ModelId,
            Messages = [.. messages.SelectMany(Messages)],
            Temperature = options?.Temperature,
            TopP = options?.TopP,
            TopK = options?.TopK,
            MaxCompletionTokens = options?.MaxOutputTokens,
            FrequencyPenalty = options?.FrequencyPenalty,
            PresencePenalty = options?.PresencePenalty,
            Seed = options?.Seed,
            Stop = options?.StopSequences is { Count: > 0 } stops ? JsonSerializer.SerializeToElement(stops) : null,
            ResponseFormat = Format(options?.ResponseFormat),
        };
        if (options?.Instructions is { Length: > 0 } instructions)
        {
            request.Messages.Insert(0, WireMessage.FromText("system", instructions));
        }

        if (options?.Tools is { Count: > 0 } tools)
        {
            request.Tools = Element(new JsonArray([.. tools.Select(Tool)]));
            request.ToolChoice = Choice(options.ToolMode);
            request.ParallelToolCalls = options.AllowMultipleToolCalls;
        }

        foreach ((string name, object? value) in options?.AdditionalProperties ?? [])
        {
            JsonElement element = JsonSerializer.SerializeToElement(value);
            if (name == Retrieval)
            {
                request.Retrieval = element;
            }
            else
            {
                (request.Extra ??= [])[name] = element;
            }
        }

        return request;
    }

    // Each result of a call is a message of its own on the wire.
    private static IEnumerable<WireMessage> Messages(Microsoft.Extensions.AI.ChatMessage message)
    {
        var texts = new List<string>();
        var calls = new JsonArray();
        foreach (AIContent content in message.Contents)
        {
            switch (content)
            {
                case TextContent text:
                    texts.Add(text.Text);
                    break;
                case FunctionCallContent call:
                    calls.Add(Call(call));
                    break;
                case FunctionResultContent result:
                    yield return new WireMessage
                    {
                        Role = "tool",
                        ToolCallId = result.CallId,
                        Content = JsonSerializer.SerializeToElement(Text(result)),
                    };
                    break;
                case TextReasoningContent or UsageContent:
                    // What a model thought and what that cost is not said to it again.
                    break;
                default:
                    throw new NotSupportedException(
                        $"A message of '{message.Role}' holds {content.GetType().Name}; the gateway's models read text, calls of "
                        + "functions and their results.");
            }
        }

        if (calls.Count > 0 || texts.Count > 0 || message.Contents.Count == 0)
        {
            yield return new WireMessage
            {
                Role = message.Role.Value,
                Name = message.AuthorName,
                Content = calls.Count > 0 && texts.Count == 0 ? null : JsonSerializer.SerializeToElement(string.Concat(texts)),
                ToolCalls = calls.Count > 0 ? Element(calls) : null,
            };
        }
    }

    private static JsonObject Call(FunctionCallContent call) => new()
    {
        ["id"] = call.CallId,
        ["type"] = "function",
        ["function"] = new JsonObject
        {
            ["name"] = call.Name,
            ["arguments"] = JsonSerializer.Serialize(call.Arguments ?? new Dictionary<string, object?>(), Compact),
        },
    };

    private static string Text(FunctionResultContent result) => result.Result switch
    {
        _ when result.Exception is not null && result.Result is null => $"Error: {result.Exception.Message}",
        null => "",
        string text => text,
        JsonElement { ValueKind: JsonValueKind.String } element => element.GetString()!,
        object value => JsonSerializer.Serialize(value, Compact),
    };

    private static JsonNode Tool(AITool tool) => tool is not AIFunctionDeclaration function
        ? throw new NotSupportedException($"The tool '{tool.Name}' is a {tool.GetType().Name}; the gateway offers functions to models.")
        : new JsonObject
        {
            ["type"] = "function",
            ["function"] = new JsonObject
            {
                ["name"] = function.Name,
                ["description"] = function.Description,
                ["parameters"] = JsonNode.Parse(function.JsonSchema.GetRawText()),
            },
        };

    private static JsonElement? Choice(ChatToolMode? mode) => mode switch
    {
        null or AutoChatToolMode => null,
        NoneChatToolMode => Element("none"),
        RequiredChatToolMode { RequiredFunctionName: { } name } => Element(new JsonObject
        {
            ["type"] = "function",
            ["function"] = new JsonObject { ["name"] = name },
        }),
        RequiredChatToolMode => Element("required"),
        _ => throw new NotSupportedException($"The tool mode {mode.GetType().Name} is not known here."),
    };

    private static JsonElement? Format(ChatResponseFormat? format) => format switch
    {
        null or ChatResponseFormatText => null,
        ChatResponseFormatJson { Schema: { } schema } json => Element(new JsonObject
        {
            ["type"] = "json_schema",
            ["json_schema"] = new JsonObject
            {
                ["name"] = json.SchemaName ?? "answer",
                ["description"] = json.SchemaDescription,
                ["schema"] = JsonNode.Parse(schema.GetRawText()),
            },
        }),
        ChatResponseFormatJson => Element(new JsonObject { ["type"] = "json_object" }),
        _ => throw new NotSupportedException($"The response format {format.GetType().Name} is not known here."),
    };

    private static JsonElement Element(JsonNode node) => JsonSerializer.SerializeToElement(node, WireJson.Options);
}
