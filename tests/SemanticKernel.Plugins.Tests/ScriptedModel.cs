using Microsoft.Extensions.AI;

namespace Ratchet.SemanticKernel.Plugins.Tests;

/// <summary>A model that calls one function, whatever the kernel has named it, and repeats its result as the answer.</summary>
internal sealed class ScriptedModel(string function, Dictionary<string, object?> arguments) : IChatClient
{
    /// <summary>What the kernel offered.</summary>
    public List<AITool> Offered { get; } = [];

    public Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        FunctionResultContent? result = messages.SelectMany(message => message.Contents).OfType<FunctionResultContent>().LastOrDefault();
        if (result is not null)
        {
            return Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, $"The function said: {result.Result}")));
        }

        Offered.AddRange(options?.Tools ?? []);
        string name = Offered.Single(tool => tool.Name.EndsWith(function, StringComparison.Ordinal)).Name;
        return Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, [new FunctionCallContent("call_1", name, arguments)])));
    }

    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("The tests ask for whole answers.");

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public void Dispose()
    {
        // Holds nothing.
    }
}
