using System.Globalization;
using System.Net.ServerSentEvents;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Ratchet.ServiceDefaults.Events;
using Ratchet.ServiceDefaults.Storage;
using StackExchange.Redis;

namespace Ratchet.ServiceDefaults.Infrastructure.Redis;

/// <summary>
/// Events through Redis streams with consumer groups: each goes to one of a group, stays pending until it is handled, and
/// goes to another where its handler died. What a stream no longer holds is fetched from the publisher.
/// </summary>
/// <param name="client">Makes a client of a publisher with an infinite timeout.</param>
/// <param name="redis">Where the streams are.</param>
/// <param name="data">Its folder's name is this follower's, so that a restarted one goes on with what it had begun.</param>
/// <param name="options">Pauses.</param>
/// <param name="clock">For the pauses.</param>
/// <param name="logger">Told of handlers that fail.</param>
internal sealed partial class RedisEventBus(
    Func<string, HttpClient> client, RedisConnection redis, ServiceData data, IOptions<RedisOptions> options, TimeProvider clock,
    ILogger<RedisEventBus> logger) : IEventBus
{
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(10);

    /// <summary>Follows; see <see cref="IEventBus.FollowAsync"/>.</summary>
    public async Task FollowAsync(EventSubscription subscription, CancellationToken cancellation)
    {
        var follower = new Follower(
            subscription, $"{Path.GetFileName(data.Folder)}-{Environment.MachineName}",
            [RedisEventFeed.StreamOf(subscription.Publisher), RedisConnection.Key("gaps", subscription.Publisher, subscription.Group)]);

        // What this follower had begun when it ended last time comes first.
        bool resumes = true;
        while (!cancellation.IsCancellationRequested)
        {
            bool worked = false;
            try
            {
                switch (await TakeAsync(follower, resumes))
                {
                    case EventRecord record:
                        worked = await HandleAsync(subscription, record, cancellation)
                            && await DoneAsync(RedisEventScripts.Done, follower, $"{record.Seq}-0");
                        break;
                    case Gap gap:
                        worked = await ReplayAsync(subscription, gap, cancellation)
                            && await DoneAsync(RedisEventScripts.GapDone, follower, gap.Name);
                        break;
                    default:
                        worked = resumes;
                        resumes = false;
                        break;
                }
            }
            catch (RedisAwayException)
            {
                // The connection has said so. What was handled and not marked comes again: that is at least once.
                resumes = true;
            }

            if (!worked)
            {
                await Task.Delay(options.Value.LookEvery, clock, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task<object?> TakeAsync(Follower follower, bool resumes)
    {
        RedisResult taken = await redis.RunAsync(
            RedisEventScripts.Take, follower.Keys, follower.Subscription.Group, follower.Name,
            (long)options.Value.ClaimAfter.TotalMilliseconds, resumes ? 1 : 0);
        if (taken.IsNull)
        {
            return null;
        }

        var parts = (RedisValue[])taken!;
        return (string?)parts[0] == "gap"
            ? Gap.Parse((string)parts[1]!)
            : new EventRecord((long)parts[1], (string)parts[2]!, (string)parts[3]!, (long)parts[4]);
    }

    private async Task<bool> DoneAsync(string script, Follower follower, string what)
    {
        await redis.RunAsync(script, follower.Keys, follower.Subscription.Group, what);
        return true;
    }

    // A handler that fails is given the same event again: to skip it would lose it.
    private async Task<bool> HandleAsync(EventSubscription subscription, EventRecord record, CancellationToken cancellation)
    {
        TimeSpan pause = options.Value.LookEvery;
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await subscription.Handle(record, cancellation);
                return true;
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                break;
            }
            catch (Exception failure)
            {
                LogHandlerFailed(logger, failure, subscription.Publisher, record.Seq);
            }

            await Task.Delay(pause, clock, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, PauseMax.Ticks));
        }

        return false;
    }

    // The publisher's log has what the stream has not.
    private async Task<bool> ReplayAsync(EventSubscription subscription, Gap gap, CancellationToken cancellation)
    {
        LogGap(logger, gap.From, gap.To, subscription.Publisher);
        long after = gap.From - 1;
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                using HttpResponseMessage response = await client(subscription.Publisher).GetAsync(
                    string.Create(CultureInfo.InvariantCulture, $"/events?after={after}"), HttpCompletionOption.ResponseHeadersRead, cancellation);
                response.EnsureSuccessStatusCode();
                await using Stream stream = await response.Content.ReadAsStreamAsync(cancellation);
                await foreach (SseItem<string> item in SseParser.Create(stream).EnumerateAsync(cancellation))
                {
                    if (!long.TryParse(item.EventId, NumberStyles.None, CultureInfo.InvariantCulture, out long seq))
                    {
                        continue;
                    }

                    if (seq <= gap.To && !await HandleAsync(subscription, new EventRecord(seq, item.EventType, item.Data, 0), cancellation))
                    {
                        return false;
                    }

                    after = seq;
                    if (after >= gap.To)
                    {
                        return true;
                    }
                }
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return false;
            }
            catch (Exception failure) when (failure is HttpRequestException or IOException or OperationCanceledException)
            {
                LogPublisherAway(logger, subscription.Publisher, failure.Message);
            }

            await Task.Delay(options.Value.LookEvery, clock, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return false;
    }

    private sealed record Follower(EventSubscription Subscription, string Name, RedisKey[] Keys);

    private sealed record Gap(long From, long To)
    {
        public string Name => string.Create(CultureInfo.InvariantCulture, $"{From}:{To}");

        public static Gap Parse(string name)
        {
            string[] ends = name.Split(':');
            return new Gap(long.Parse(ends[0], CultureInfo.InvariantCulture), long.Parse(ends[1], CultureInfo.InvariantCulture));
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The event {Seq} of {Publisher} could not be handled; trying it again")]
    private static partial void LogHandlerFailed(ILogger logger, Exception exception, string publisher, long seq);

    [LoggerMessage(Level = LogLevel.Information, Message = "The events {From} to {To} of {Publisher} are no longer in Redis; fetching them from its log")]
    private static partial void LogGap(ILogger logger, long from, long to, string publisher);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The log of {Publisher} cannot be read now ({Reason}); trying again")]
    private static partial void LogPublisherAway(ILogger logger, string publisher, string reason);
}
