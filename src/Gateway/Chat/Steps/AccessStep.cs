using Ratchet.Gateway.Access;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.Gateway.Chat.Steps;

/// <summary>Whether this caller may chat. The door has checked who it is; callers inside the process come this way too.</summary>
public sealed class AccessStep : IChatStep
{
    public ValueTask RunAsync(ChatTurn turn, CancellationToken cancellation)
    {
        if (turn.Caller.Role < Role.Reader)
        {
            throw new ApiException(403, "role_too_low", $"'{turn.Caller.Name}' may not chat. Use a key with the role reader.");
        }

        return ValueTask.CompletedTask;
    }
}
