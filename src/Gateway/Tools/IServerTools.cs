using Ratchet.Gateway.Chat;

namespace Ratchet.Gateway.Tools;

/// <summary>Answers a chat with functions of the gateway's own, which the model calls and the gateway runs.</summary>
public interface IServerTools
{
    /// <summary>Afterwards the turn holds a completion or a stream, as after the chain.</summary>
    /// <exception cref="ServiceDefaults.Errors.ApiException">The request cannot be served.</exception>
    ValueTask RunAsync(ChatTurn turn, CancellationToken cancellation);
}
