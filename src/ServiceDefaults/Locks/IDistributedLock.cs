namespace Ratchet.ServiceDefaults.Locks;

/// <summary>Lets one of all processes at a time do a named thing.</summary>
public interface IDistributedLock
{
    /// <summary>Takes the lock if nobody holds it.</summary>
    /// <returns>Null where somebody does.</returns>
    /// <exception cref="LockAwayException">It cannot be asked now; to go on without it would be to have none.</exception>
    Task<HeldLock?> TryTakeAsync(string name, CancellationToken cancellation);
}

/// <summary>A lock while it is held; dispose of it to release it.</summary>
/// <remarks>
/// A holder that was paused may have lost the lock without knowing: whatever it writes must carry <see cref="Token"/>, and
/// what is written to must refuse a token that is smaller than one it has seen. Kleppmann 2016,
/// https://martin.kleppmann.com/2016/02/08/how-to-do-distributed-locking.html.
/// </remarks>
public abstract class HeldLock : IAsyncDisposable
{
    /// <summary>Greater than that of any earlier holder.</summary>
    public abstract long Token { get; }

    /// <summary>Cancelled as soon as this holder learns that it is none any more.</summary>
    public abstract CancellationToken Lost { get; }

    public abstract ValueTask DisposeAsync();
}

/// <summary>The lock's keeper does not answer.</summary>
public sealed class LockAwayException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Waiting for a lock.</summary>
public static class DistributedLockExtensions
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    /// <summary>Takes the lock, waiting for another holder for a while.</summary>
    public static async Task<HeldLock?> TakeAsync(
        this IDistributedLock locks, string name, TimeSpan patience, TimeProvider clock, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(locks);
        ArgumentNullException.ThrowIfNull(clock);
        long started = clock.GetTimestamp();
        while (true)
        {
            if (await locks.TryTakeAsync(name, cancellation) is { } held)
            {
                return held;
            }

            if (clock.GetElapsedTime(started) >= patience)
            {
                return null;
            }

            await Task.Delay(Look, clock, cancellation);
        }
    }
}
