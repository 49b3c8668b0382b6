using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace Ratchet.Gateway.Infrastructure.SemanticKernel;

/// <summary>
/// Counts how often a model is asked in one request, and its tokens. At the last round it is offered no functions: it has
/// to answer with what it has.
/// </summary>
internal sealed class RoundsChatClient(IChatClient inner, KernelSession session, int roundsMax) : DelegatingChatClient(inner)
{
    private int _rounds;

    public override async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ChatResponse response = await base.GetResponseAsync(messages, Bounded(options), cancellationToken);
        session.LastAnswer = response.RawRepresentation as JsonObject;
        Count(response.Usage);
        return response;
    }

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (ChatResponseUpdate update in base.GetStreamingResponseAsync(messages, Bounded(options), cancellationToken))
        {
            Count(update.Contents.OfType<UsageContent>().FirstOrDefault()?.Details);
            yield return update;
        }
    }

    private ChatOptions? Bounded(ChatOptions? options)
    {
        if (++_rounds < roundsMax || options?.Tools is not { Count: > 0 })
        {
            return options;
        }

        ChatOptions bounded = options.Clone();
        bounded.Tools = null;
        bounded.ToolMode = null;
        return bounded;
    }

    private void Count(UsageDetails? usage)
    {
        if (usage is not null)
        {
            session.Usage.Add(usage);
        }
    }
}
