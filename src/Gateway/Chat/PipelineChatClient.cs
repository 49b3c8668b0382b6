using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using Ratchet.Contracts.OpenAI;
using Ratchet.Gateway.Access;
using Ratchet.Gateway.Models;
using WireMessage = Ratchet.Contracts.OpenAI.ChatMessage;

namespace Ratchet.Gateway.Chat;

/// <summary>
/// The chain as an IChatClient, for Microsoft.Extensions.AI and what builds on it: the same steps, the same records.
/// Fields of the chain that the interface does not know come through ChatOptions.AdditionalProperties, and x_ratchet
/// comes back in those of the answer.
/// </summary>
public sealed class PipelineChatClient(IServiceScopeFactory scopes, TimeProvider clock) : IChatClient
{
    private const string Extension = "x_ratchet";
    private static readonly Caller InProcess = new("in-process", Role.Operator);
    private static readonly ChatClientMetadata Metadata = new("ratchet", null, ModelRouter.Auto);

    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<Microsoft.Extensions.AI.ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        await using AsyncServiceScope scope = scopes.CreateAsyncScope();
        await using ChatTurn turn = Turn(messages, options, stream: false);
        await scope.ServiceProvider.GetRequiredService<ChatPipeline>().RunAsync(turn, cancellationToken);
        JsonObject completion = turn.Completion!;
        JsonNode? choice = completion["choices"]?[0];
        return new ChatResponse(new Microsoft.Extensions.AI.ChatMessage(ChatRole.Assistant, (string?)choice?["message"]?["content"]))
        {
            ResponseId = (string?)completion["id"],
            ModelId = (string?)completion["model"],
            CreatedAt = turn.CreatedAt,
            FinishReason = Reason(choice),
            Usage = Usage(completion),
            RawRepresentation = completion,
            AdditionalProperties = Beside(completion),
        };
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<Microsoft.Extensions.AI.ChatMessage> messages,
        ChatOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using AsyncServiceScope scope = scopes.CreateAsyncScope();
        await using ChatTurn turn = Turn(messages, options, stream: true);
        await scope.ServiceProvider.GetRequiredService<ChatPipeline>().RunAsync(turn, cancellationToken);
        await foreach (JsonObject chunk in turn.Stream!.WithCancellation(cancellationToken))
        {
            if ((string?)chunk["error"]?["message"] is { } error)
            {
                throw new InvalidOperationException(error);
            }

            JsonNode? choice = (chunk["choices"] as JsonArray)?.FirstOrDefault();
            yield return new ChatResponseUpdate(ChatRole.Assistant, (string?)choice?["delta"]?["content"])
            {
                ResponseId = (string?)chunk["id"],
                ModelId = (string?)chunk["model"],
                CreatedAt = turn.CreatedAt,
                FinishReason = Reason(choice),
                RawRepresentation = chunk,
                AdditionalProperties = Beside(chunk),
            };
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(ChatClientMetadata) ? Metadata
            : serviceType.IsInstanceOfType(this) ? this
            : null;
    }

    public void Dispose()
    {
        // Holds nothing of its own.
    }

    private ChatTurn Turn(IEnumerable<Microsoft.Extensions.AI.ChatMessage> messages, ChatOptions? options, bool stream)
    {
        var request = new ChatCompletionRequest
        {
            Model = options?.ModelId,
            Messages = [.. messages.Select(message => WireMessage.FromText(message.Role.Value, message.Text))],
            Temperature = options?.Temperature,
            TopP = options?.TopP,
            TopK = options?.TopK,
            MaxCompletionTokens = options?.MaxOutputTokens,
            FrequencyPenalty = options?.FrequencyPenalty,
            PresencePenalty = options?.PresencePenalty,
            Seed = options?.Seed,
            Stop = options?.StopSequences is { Count: > 0 } stops ? JsonSerializer.SerializeToElement(stops) : null,
            Stream = stream ? true : null,
        };
        if (options?.Instructions is { Length: > 0 } instructions)
        {
            request.Messages.Insert(0, WireMessage.FromText("system", instructions));
        }

        foreach ((string name, object? value) in options?.AdditionalProperties ?? [])
        {
            JsonElement element = JsonSerializer.SerializeToElement(value);
            if (name == "retrieval")
            {
                request.Retrieval = element;
            }
            else
            {
                (request.Extra ??= [])[name] = element;
            }
        }

        return new ChatTurn(request, InProcess, "", clock.GetUtcNow());
    }

    private static ChatFinishReason? Reason(JsonNode? choice) =>
        (string?)choice?["finish_reason"] is { Length: > 0 } reason ? new ChatFinishReason(reason) : null;

    private static UsageDetails? Usage(JsonObject completion) => completion["usage"] is not JsonObject usage ? null : new UsageDetails
    {
        InputTokenCount = Count(usage, "prompt_tokens"),
        OutputTokenCount = Count(usage, "completion_tokens"),
        TotalTokenCount = Count(usage, "total_tokens"),
    };

    private static long? Count(JsonObject usage, string name) =>
        usage[name] is { } value ? long.Parse(value.ToJsonString(), CultureInfo.InvariantCulture) : null;

    private static AdditionalPropertiesDictionary? Beside(JsonObject answer) =>
        answer[Extension] is { } trace ? new AdditionalPropertiesDictionary { [Extension] = trace } : null;
}
