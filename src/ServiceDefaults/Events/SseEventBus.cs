using Microsoft.Extensions.Logging;
using Ratchet.ServiceDefaults.Storage;

namespace Ratchet.ServiceDefaults.Events;

/// <summary>Events straight from the publisher, as server-sent events; a group's cursor is a file of this service.</summary>
/// <param name="client">Makes a client of the publisher with an infinite timeout.</param>
/// <param name="data">Holds the cursors.</param>
/// <param name="clock">For the pauses between attempts.</param>
/// <param name="loggers">Told when a publisher goes away and comes back.</param>
public sealed class SseEventBus(
    Func<string, HttpClient> client, ServiceData data, TimeProvider clock, ILoggerFactory loggers) : IEventBus
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    public async Task FollowAsync(EventSubscription subscription, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(subscription);
        string cursor = data.PathOf($"{subscription.Publisher}.{subscription.Group}.cursor");
        using FileStream? turn = await TakeTurnAsync(cursor + ".lock", cancellation);
        if (turn is null)
        {
            return;
        }

        using var follower = new EventFollower(
            () => client(subscription.Publisher), cursor, subscription.Handle, clock, loggers.CreateLogger<EventFollower>());
        await follower.StartAsync(cancellation);
        await (follower.ExecuteTask ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    // Others of the group wait here until the one that follows has gone, and go on from its cursor.
    private async Task<FileStream?> TakeTurnAsync(string path, CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                await Task.Delay(Look, clock, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        return null;
    }
}
