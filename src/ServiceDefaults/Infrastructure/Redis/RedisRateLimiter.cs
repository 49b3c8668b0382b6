using System.Globalization;
using Ratchet.ServiceDefaults.Limits;
using StackExchange.Redis;

namespace Ratchet.ServiceDefaults.Infrastructure.Redis;

/// <summary>Limits that all replicas share, by Redis's clock. While it is away each replica counts by itself.</summary>
internal sealed class RedisRateLimiter(RedisConnection redis, MemoryRateLimiter local) : IRateLimiter
{
    // The arithmetic is TokenBucket's. Arguments: for each key its limit (0 for none) and the amount; then whether to take
    // without asking. A bucket that is not there is full, so it may go when it would be.
    private const string Script =
        """
        local time = redis.call('TIME')
        local now = time[1] + time[2] / 1000000
        local levels, exceeded = {}, 0
        for i = 1, 2 do
          local limit, amount = tonumber(ARGV[i * 2 - 1]), tonumber(ARGV[i * 2])
          if limit > 0 then
            local kept = redis.call('HMGET', KEYS[i], 'level', 'at')
            levels[i] = limit
            if kept[1] then
              levels[i] = math.min(limit, kept[1] + math.max(0, now - kept[2]) * limit / 60)
            end
            if exceeded == 0 and levels[i] < math.min(amount, limit) then exceeded = i end
          end
        end
        if exceeded == 0 or ARGV[5] == '1' then
          for i = 1, 2 do
            if levels[i] then
              levels[i] = levels[i] - tonumber(ARGV[i * 2])
              redis.call('HSET', KEYS[i], 'level', string.format('%.6f', levels[i]), 'at', string.format('%.6f', now))
              redis.call('PEXPIRE', KEYS[i], 600000)
            end
          end
        end
        return { exceeded, string.format('%.6f', levels[1] or 0), string.format('%.6f', levels[2] or 0) }
        """;

    public async Task<RateDecision> TakeAsync(string key, RateLimits limits, long tokens, CancellationToken cancellation)
    {
        try
        {
            var answer = (RedisResult[])(await redis.RunAsync(
                Script, Keys(key), limits.RequestsPerMinute ?? 0, 1, limits.TokensPerMinute ?? 0, tokens, 0))!;
            int exceeded = (int)answer[0];
            TokenBucket? requests = Read(limits.RequestsPerMinute, answer[1]);
            TokenBucket? words = Read(limits.TokensPerMinute, answer[2]);
            double wait = exceeded == 0 ? 0 : Math.Max(
                requests?.SecondsUntil(1, limits.RequestsPerMinute!.Value) ?? 0,
                words?.SecondsUntil(tokens, limits.TokensPerMinute!.Value) ?? 0);
            return new RateDecision(
                requests?.Standing(limits.RequestsPerMinute!.Value),
                words?.Standing(limits.TokensPerMinute!.Value),
                exceeded switch { 0 => null, 1 => RateDecision.RequestsName, _ => RateDecision.TokensName },
                TimeSpan.FromSeconds(wait));
        }
        catch (RedisAwayException)
        {
            return await local.TakeAsync(key, limits, tokens, cancellation);
        }
    }

    public async Task SettleAsync(string key, RateLimits limits, long tokens, CancellationToken cancellation)
    {
        try
        {
            await redis.RunAsync(Script, Keys(key), 0, 0, limits.TokensPerMinute ?? 0, tokens, 1);
        }
        catch (RedisAwayException)
        {
            await local.SettleAsync(key, limits, tokens, cancellation);
        }
    }

    private static RedisKey[] Keys(string key) =>
        [RedisConnection.Key("limit", RateDecision.RequestsName, key), RedisConnection.Key("limit", RateDecision.TokensName, key)];

    private static TokenBucket? Read(long? limit, RedisResult level) => limit is null ? null
        : new TokenBucket(double.Parse((string)level!, CultureInfo.InvariantCulture), 0);
}
