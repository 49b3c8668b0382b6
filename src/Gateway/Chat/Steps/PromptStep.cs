using System.Text.Json;
using Microsoft.Extensions.Options;
using Ratchet.Contracts;
using Ratchet.Contracts.OpenAI;

namespace Ratchet.Gateway.Chat.Steps;

/// <summary>Puts question, history and passages into the one prompt that the adapters were trained on.</summary>
public sealed class PromptStep(IOptions<GatewayOptions> options) : IChatStep
{
    public ValueTask RunAsync(ChatTurn turn, CancellationToken cancellation)
    {
        if (!turn.IsAnswered)
        {
            Apply(turn);
            Cool(turn.Request);
        }

        return ValueTask.CompletedTask;
    }

    // Several answers to one question are wanted to differ: they keep OpenAI's temperature.
    private void Cool(ChatCompletionRequest request)
    {
        if (request is { Temperature: null, TopP: null, N: null or 1 })
        {
            request.Temperature = options.Value.Temperature;
        }
    }

    /// <summary>Writes the prompt for the turn's hits; called again where fewer of them have to do.</summary>
    public static void Apply(ChatTurn turn)
    {
        if (turn.Question is null)
        {
            return;
        }

        PromptMessage[] history = [.. turn.Asked.SkipLast(1).Select(message => new PromptMessage(
            message.Role!, message.TryGetText(out string text) ? text : ""))];
        IReadOnlyList<PromptMessage> built = GroundedPrompt.Build(turn.Question, history, [.. turn.Hits.Select(hit => hit.ToPromptChunk())]);

        // What the prompt adds stands before and in the last message; the messages between go on as they came, every field.
        IEnumerable<ChatMessage> added = built
            .Take(built.Count - 1 - history.Length)
            .Select(message => ChatMessage.FromText(message.Role, message.Content));
        ChatMessage last = turn.Asked[^1];
        turn.Request.Messages =
        [
            .. added,
            .. turn.Asked.SkipLast(1),
            new ChatMessage
            {
                Role = last.Role,
                Name = last.Name,
                Extra = last.Extra,
                Content = JsonSerializer.SerializeToElement(built[^1].Content),
            },
        ];
    }
}
