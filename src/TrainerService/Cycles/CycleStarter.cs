using Ratchet.Contracts.Trainer;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.ServiceDefaults.Locks;

namespace Ratchet.TrainerService.Cycles;

/// <summary>Starts cycles, one of a collection at a time whatever number of trainers there are (F13).</summary>
public sealed class CycleStarter(CycleStore store, IDistributedLock locks, TimeProvider clock)
{
    // Longer than it takes to end a cycle whose last step is done.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Name of the lock under which a collection's cycles are started and walked.</summary>
    public static string LockOf(string collection) => $"cycles/{collection}";

    /// <exception cref="ApiException">409 where one runs, 503 where that cannot be known now.</exception>
    public async Task<CycleState> StartAsync(StartCycleRequest request, string trigger, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (store.Unfinished(request.Collection) is not null)
        {
            // Refused by the store in its own words; while it runs, its runner has the lock.
            return store.Add(request, trigger);
        }

        string name = LockOf(request.Collection);
        try
        {
            await using HeldLock? held = await locks.TakeAsync(name, Patience, clock, cancellation);
            return held is not null
                ? store.Add(request, trigger, new Fence(name, held.Token))
                : throw new ApiException(
                    409, "cycle_running",
                    $"Another trainer runs a cycle of '{request.Collection}'. Wait for it, and start again.", "collection");
        }
        catch (LockAwayException away)
        {
            throw new ApiException(503, "lock_away", $"{away.Message} Start the cycle again then.")
            {
                RetryAfter = TimeSpan.FromSeconds(10),
            };
        }
    }
}
