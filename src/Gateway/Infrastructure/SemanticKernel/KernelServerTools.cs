using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using Ratchet.Contracts;
using Ratchet.Contracts.OpenAI;
using Ratchet.Gateway.Chat;
using Ratchet.Gateway.Tools;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.Gateway.Infrastructure.SemanticKernel;

/// <summary>
/// Answers a chat through a kernel: the model calls the gateway's functions by itself, until it has an answer. What the
/// client gets is that answer, in OpenAI's form, with the calls in x_ratchet.
/// </summary>
internal sealed class KernelServerTools(KernelFactory kernels) : IServerTools
{
    private const string Extension = "x_ratchet";
    private const string Instructions =
        "You can call functions to look into the documents of the business and at the training of this model. Call them rather than guess; "
        + "when you know enough, answer the user in plain words.";

    // What the kernel calls otherwise, or sets itself.
    private static readonly HashSet<string> Own = ["model", "messages", "stream", "stream_options", "tool_choice", "parallel_tool_calls", "n", "retrieval"];

    public async ValueTask RunAsync(ChatTurn turn, CancellationToken cancellation)
    {
        ChatCompletionRequest request = turn.Request;
        if (request.N is > 1)
        {
            throw ApiException.BadField("n", $"n is {request.N}; with x_ratchet.tools one answer is written. Leave n out.");
        }

        var session = new KernelSession(turn.Caller, turn.Site);
        Kernel kernel = kernels.Create(session);
        ChatHistory history = History(turn.Asked);
        PromptExecutionSettings settings = Settings(request);
        IChatCompletionService chat = kernel.GetRequiredService<IChatCompletionService>();
        if (request.Stream == true)
        {
            turn.Stream = StreamAsync(
                chat.GetStreamingChatMessageContentsAsync(history, settings, kernel, cancellation), session,
                request.StreamOptions?.IncludeUsage == true, cancellation);
            return;
        }

        await chat.GetChatMessageContentAsync(history, settings, kernel, cancellation);
        JsonObject completion = session.LastAnswer!;
        completion["usage"] = Usage(session);
        AddCalls(completion, session);
        turn.Completion = completion;
    }

    // Only the last round is the answer; what was said to call functions stays inside.
    private static async IAsyncEnumerable<JsonObject> StreamAsync(
        IAsyncEnumerable<StreamingChatMessageContent> pieces, KernelSession session, bool withUsage,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        JsonObject? last = null;
        bool hasRole = false;
        await foreach (StreamingChatMessageContent piece in pieces.WithCancellation(cancellation))
        {
            if (piece.InnerContent is not JsonObject chunk || (chunk["choices"] as JsonArray)?.FirstOrDefault() is not JsonObject choice)
            {
                continue;
            }

            string? finish = (string?)choice["finish_reason"];
            if (choice["delta"] is not JsonObject delta || delta["tool_calls"] is not null || finish == "tool_calls"
                || (finish is null && (string?)delta["content"] is null or ""))
            {
                continue;
            }

            if (!hasRole)
            {
                delta["role"] = "assistant";
                hasRole = true;
            }

            if (finish is not null)
            {
                AddCalls(chunk, session);
                last = chunk;
            }

            yield return chunk;
        }

        if (withUsage && last is not null)
        {
            JsonObject chunk = last.DeepClone().AsObject();
            chunk["choices"] = new JsonArray();
            chunk["usage"] = Usage(session);
            yield return chunk;
        }
    }

    private static ChatHistory History(IReadOnlyList<Contracts.OpenAI.ChatMessage> messages)
    {
        var history = new ChatHistory(Instructions);
        for (int i = 0; i < messages.Count; i++)
        {
            Contracts.OpenAI.ChatMessage? message = messages[i];
            AuthorRole role = message?.Role switch
            {
                "system" or "developer" => AuthorRole.System,
                "user" => AuthorRole.User,
                "assistant" when message.ToolCalls is null or { ValueKind: JsonValueKind.Null } => AuthorRole.Assistant,
                _ => throw ApiException.BadField(
                    $"messages[{i}].role",
                    $"messages[{i}].role is '{message?.Role}'; with x_ratchet.tools a conversation has messages of system, user and assistant, "
                    + "without calls: the gateway makes those itself."),
            };
            if (!message.TryGetText(out string text))
            {
                throw ApiException.BadField($"messages[{i}].content", $"messages[{i}].content holds something that is not text; only text is read.");
            }

            history.AddMessage(role, text);
        }

        return history.Count > 1 ? history : throw ApiException.BadField(
            "messages", "messages is missing or empty; a chat needs at least one message of the user.");
    }

    // The kernel takes the common settings from here under their names, and hands the others on as they are.
    private static PromptExecutionSettings Settings(ChatCompletionRequest request)
    {
        var data = new Dictionary<string, object>
        {
            // Functions look things up; a prompt that is grounded besides is there for who asks for it.
            ["retrieval"] = request.Retrieval ?? JsonSerializer.SerializeToElement(false),
        };
        foreach (JsonProperty field in JsonSerializer.SerializeToElement(request, WireJson.Options).EnumerateObject())
        {
            if (!Own.Contains(field.Name) && field.Value.ValueKind != JsonValueKind.Null)
            {
                data[field.Name == "max_completion_tokens" ? "max_tokens" : field.Name] = field.Value.Clone();
            }
        }

        return new PromptExecutionSettings
        {
            ModelId = request.Model!,
            FunctionChoiceBehavior = FunctionChoiceBehavior.Auto(),
            ExtensionData = data,
        };
    }

    private static JsonObject Usage(KernelSession session) => new()
    {
        ["prompt_tokens"] = session.Usage.InputTokenCount ?? 0,
        ["completion_tokens"] = session.Usage.OutputTokenCount ?? 0,
        ["total_tokens"] = session.Usage.TotalTokenCount ?? 0,
    };

    private static void AddCalls(JsonObject answer, KernelSession session)
    {
        if (answer[Extension] is JsonObject trace)
        {
            trace["tool_calls"] = JsonSerializer.SerializeToNode(session.Uses, WireJson.Options);
        }
    }
}
