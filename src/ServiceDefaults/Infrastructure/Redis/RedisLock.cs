using Microsoft.Extensions.Options;
using Ratchet.ServiceDefaults.Locks;
using StackExchange.Redis;

namespace Ratchet.ServiceDefaults.Infrastructure.Redis;

/// <summary>Locks for the processes of many machines. A holder renews its lock for as long as it runs.</summary>
internal sealed class RedisLock(RedisConnection redis, IOptions<RedisOptions> options, TimeProvider clock) : IDistributedLock
{
    // Milliseconds are the least that a token can be, so that it grows even where Redis has lost what it held.
    private const string TakeScript =
        """
        if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 0 end
        local time = redis.call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        local token = math.max(tonumber(redis.call('GET', KEYS[2]) or '0') + 1, now)
        redis.call('SET', KEYS[2], string.format('%.0f', token))
        return token
        """;

    private const string RenewScript =
        "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end return redis.call('PEXPIRE', KEYS[1], ARGV[2])";

    private const string ReleaseScript =
        "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end return redis.call('DEL', KEYS[1])";

    private readonly RedisConnection _redis = redis;
    private readonly TimeProvider _clock = clock;
    private readonly TimeSpan _kept = options.Value.LockKept;

    public async Task<HeldLock?> TryTakeAsync(string name, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        string owner = Guid.NewGuid().ToString("N");
        RedisKey key = RedisConnection.Key("lock", name);
        long asked = _clock.GetTimestamp();
        try
        {
            long token = (long)await _redis.RunAsync(
                TakeScript, [key, RedisConnection.Key("fence", name)], owner, Milliseconds());
            return token == 0 ? null : new Held(this, key, owner, token, asked);
        }
        catch (RedisAwayException away)
        {
            throw new LockAwayException(
                $"The lock '{name}' is kept in Redis, and Redis does not answer. What it guards waits until Redis is back.", away);
        }
    }

    private long Milliseconds() => (long)_kept.TotalMilliseconds;

    private sealed class Held : HeldLock
    {
        private readonly RedisLock _locks;
        private readonly RedisKey _key;
        private readonly string _owner;
        private readonly CancellationTokenSource _lost = new();
        private readonly CancellationTokenSource _released = new();
        private readonly Task _renewing;
        private long _renewedAt;

        public Held(RedisLock locks, RedisKey key, string owner, long token, long takenAt)
        {
            _locks = locks;
            _key = key;
            _owner = owner;
            _renewedAt = takenAt;
            Token = token;
            Lost = _lost.Token;
            _renewing = RenewAsync();
        }

        public override long Token { get; }

        public override CancellationToken Lost { get; }

        public override async ValueTask DisposeAsync()
        {
            await _released.CancelAsync();
            await _renewing;
            try
            {
                await _locks._redis.RunAsync(ReleaseScript, [_key], _owner);
            }
            catch (RedisAwayException)
            {
                // It frees itself when its time is over.
            }

            _lost.Dispose();
            _released.Dispose();
        }

        private async Task RenewAsync()
        {
            TimeSpan kept = _locks._kept;
            while (true)
            {
                await Task.Delay(kept / 3, _locks._clock, _released.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (_released.IsCancellationRequested)
                {
                    return;
                }

                // Counted from before the call: Redis began to count no earlier.
                long asked = _locks._clock.GetTimestamp();
                try
                {
                    if ((long)await _locks._redis.RunAsync(RenewScript, [_key], _owner, _locks.Milliseconds()) == 0)
                    {
                        await _lost.CancelAsync();
                        return;
                    }

                    _renewedAt = asked;
                }
                catch (RedisAwayException)
                {
                    if (_locks._clock.GetElapsedTime(_renewedAt) >= kept)
                    {
                        await _lost.CancelAsync();
                        return;
                    }
                }
            }
        }
    }
}
