namespace Ratchet.ServiceDefaults.Events;

/// <summary>
/// Brings the events of one service to others. The publisher's own log is the truth: a bus may be away or lose what it
/// holds, and nothing is lost.
/// </summary>
public interface IEventBus
{
    /// <summary>Follows a publisher until cancelled. Of all that follow it in the same group, one handles each event.</summary>
    /// <returns>A task that ends with the cancellation, without an error.</returns>
    Task FollowAsync(EventSubscription subscription, CancellationToken cancellation);
}

/// <summary>Who follows whom, and what it does with each event.</summary>
/// <param name="Publisher">Name of the service whose events these are.</param>
/// <param name="Group">
/// Whoever must see each event once: a service's replicas that share the work, or one replica where each has to know.
/// </param>
/// <param name="Handle">
/// Called for one event after the other, oldest first; where it fails, it is called for the same event again. At least once:
/// it must be idempotent.
/// </param>
public sealed record EventSubscription(string Publisher, string Group, Func<EventRecord, CancellationToken, Task> Handle);
