using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using Ratchet.Contracts.OpenAI;
using Ratchet.Gateway.Access;
using Ratchet.Gateway.Models;

namespace Ratchet.Gateway.Chat.Client;

/// <summary>
/// The chain as an IChatClient, for Microsoft.Extensions.AI and what builds on it: the same steps, the same records.
/// Fields of the chain that the interface does not know come through ChatOptions.AdditionalProperties, and x_ratchet
/// comes back in those of the answer.
/// </summary>
public sealed class PipelineChatClient(IServiceScopeFactory scopes, TimeProvider clock, Caller caller, string site) : IChatClient
{
    private static readonly Caller InProcess = new("in-process", Role.Operator);
    private static readonly ChatClientMetadata Metadata = new("ratchet", null, ModelRouter.Auto);

    /// <summary>For code of this process, which asks in its own name.</summary>
    public PipelineChatClient(IServiceScopeFactory scopes, TimeProvider clock)
        : this(scopes, clock, InProcess, "")
    {
    }

    /// <summary>What functions have found so far; passages that the chain retrieves are added.</summary>
    public ToolFindings Findings { get; init; } = new();

    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<Microsoft.Extensions.AI.ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        await using AsyncServiceScope scope = scopes.CreateAsyncScope();
        await using ChatTurn turn = Turn(messages, options, stream: false);
        await scope.ServiceProvider.GetRequiredService<ChatPipeline>().RunAsync(turn, cancellationToken);
        Findings.Add(turn.Hits);
        return AnswerReader.Read(turn.Completion!, turn.CreatedAt);
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<Microsoft.Extensions.AI.ChatMessage> messages,
        ChatOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using AsyncServiceScope scope = scopes.CreateAsyncScope();
        await using ChatTurn turn = Turn(messages, options, stream: true);
        await scope.ServiceProvider.GetRequiredService<ChatPipeline>().RunAsync(turn, cancellationToken);
        Findings.Add(turn.Hits);
        var reader = new StreamedAnswerReader(turn.CreatedAt);
        await foreach (JsonObject chunk in turn.Stream!.WithCancellation(cancellationToken))
        {
            yield return reader.Read(chunk);
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
        ChatCompletionRequest request = RequestWriter.Write(messages, options);
        if (stream)
        {
            request.Stream = true;
            request.StreamOptions = new StreamOptions { IncludeUsage = true };
        }

        return new ChatTurn(request, caller, site, clock.GetUtcNow()) { Findings = Findings };
    }
}
