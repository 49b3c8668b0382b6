using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Ratchet.ServiceDefaults.Events;
using StackExchange.Redis;

namespace Ratchet.ServiceDefaults.Infrastructure.Redis;

/// <summary>
/// Copies a service's event log into a Redis stream, from wherever the stream ends. The log is the truth: what Redis lacks,
/// after a kill of either or after it lost everything, comes from there.
/// </summary>
internal sealed class RedisEventFeed(
    string publisher, EventLog log, RedisConnection redis, IOptions<RedisOptions> options, TimeProvider clock) : BackgroundService
{
    // Whether the stream is still what was fed is looked at so often, news or not.
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);

    private const string LastScript =
        """
        if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
        local about = redis.call('XINFO', 'STREAM', KEYS[1])
        for i = 1, #about, 2 do
          if about[i] == 'last-generated-id' then return tonumber(string.match(about[i + 1], '^%d+')) end
        end
        return 0
        """;

    // The number is the entry's id, so nothing can be there twice or out of order.
    private const string FeedScript =
        """
        local last = 0
        if redis.call('EXISTS', KEYS[1]) == 1 then
          local about = redis.call('XINFO', 'STREAM', KEYS[1])
          for i = 1, #about, 2 do
            if about[i] == 'last-generated-id' then last = tonumber(string.match(about[i + 1], '^%d+')) end
          end
        end
        for i = 2, #ARGV, 4 do
          if tonumber(ARGV[i]) > last then
            redis.call('XADD', KEYS[1], 'MAXLEN', '=', ARGV[1], ARGV[i] .. '-0', 'type', ARGV[i + 1], 'data', ARGV[i + 2], 'at', ARGV[i + 3])
          end
        end
        return 1
        """;

    private const string ResetScript = "return redis.call('DEL', KEYS[1])";

    public static RedisKey StreamOf(string publisher) => RedisConnection.Key("events", publisher);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        RedisKey[] stream = [StreamOf(publisher)];
        while (!stoppingToken.IsCancellationRequested)
        {
            Task news = log.Next;
            try
            {
                await CatchUpAsync(stream, stoppingToken);
            }
            catch (RedisAwayException)
            {
                // The connection has said so; the log keeps what is not yet there.
            }

            await Task.WhenAny(news, Task.Delay(Look, clock, stoppingToken));
        }
    }

    private async Task CatchUpAsync(RedisKey[] stream, CancellationToken cancellation)
    {
        long newest = log.LastSeq();
        long last = (long)await redis.RunAsync(LastScript, stream);
        if (last > newest)
        {
            // The stream of a log that is no more: this service was given a new data folder.
            await redis.RunAsync(ResetScript, stream);
            last = 0;
        }

        // A stream that is too short for all of them begins later; its followers get the earlier ones from the log.
        long after = Math.Max(last, newest - options.Value.EventsMax);
        while (!cancellation.IsCancellationRequested && log.Read(after) is { Count: > 0 } page)
        {
            await redis.RunAsync(
                FeedScript, stream,
                [options.Value.EventsMax, .. page.SelectMany(record => (RedisValue[])[record.Seq, record.Type, record.Data, record.CreatedAt])]);
            after = page[^1].Seq;
        }
    }
}
