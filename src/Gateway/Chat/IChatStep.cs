namespace Ratchet.Gateway.Chat;

/// <summary>One link of the chain that turns a chat request into an answer.</summary>
public interface IChatStep
{
    /// <summary>Brings the turn one step further; throws an ApiException to refuse it.</summary>
    ValueTask RunAsync(ChatTurn turn, CancellationToken cancellation);
}
