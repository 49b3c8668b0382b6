using Microsoft.Extensions.Options;
using Ratchet.Contracts.OpenAI;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.Gateway.Chat.Steps;

/// <summary>Refuses what cannot be answered, and more at a time than the machine should hold.</summary>
public sealed class LimitsStep(IOptions<GatewayOptions> options) : IChatStep
{
    private static readonly HashSet<string> Roles = ["system", "developer", "user", "assistant", "tool", "function"];

    private int _inFlight;

    public ValueTask RunAsync(ChatTurn turn, CancellationToken cancellation)
    {
        Check(turn.Asked);
        if (Interlocked.Increment(ref _inFlight) > options.Value.ChatsInFlightMax)
        {
            Interlocked.Decrement(ref _inFlight);
            throw new ApiException(
                429, "too_many_chats",
                $"{options.Value.ChatsInFlightMax} chats are being answered, which is the limit. Try again in a second.")
            {
                RetryAfter = TimeSpan.FromSeconds(1),
            };
        }

        turn.Own(new Slot(this));
        if (turn.Asked[^1] is { Role: "user" } last && last.TryGetText(out string text))
        {
            turn.Question = text;
        }

        return ValueTask.CompletedTask;
    }

    private void Check(IReadOnlyList<ChatMessage> messages)
    {
        if (messages.Count == 0)
        {
            throw ApiException.BadField("messages", "messages is missing or empty; a chat needs at least one message of the user.");
        }

        if (messages.Count > options.Value.MessagesMax)
        {
            throw ApiException.BadField(
                "messages", $"messages has {messages.Count} entries; at most {options.Value.MessagesMax} are taken. Leave out the oldest.");
        }

        for (int i = 0; i < messages.Count; i++)
        {
            if (messages[i]?.Role is not { } role || !Roles.Contains(role))
            {
                throw ApiException.BadField(
                    $"messages[{i}].role",
                    $"messages[{i}].role is '{messages[i]?.Role}'; it takes system, developer, user, assistant or tool.");
            }
        }

        if (messages[^1] is { Role: "user" } last && last.TryGetText(out string text) && string.IsNullOrWhiteSpace(text))
        {
            throw ApiException.BadField(
                $"messages[{messages.Count - 1}].content", "The last message is empty. Write the question into its content.");
        }
    }

    private sealed class Slot(LimitsStep owner) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref owner._inFlight);
    }
}
