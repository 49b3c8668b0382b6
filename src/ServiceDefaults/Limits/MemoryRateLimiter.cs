namespace Ratchet.ServiceDefaults.Limits;

/// <summary>Limits of one process, in its memory.</summary>
public sealed class MemoryRateLimiter(TimeProvider clock) : IRateLimiter
{
    // A full bucket says nothing that a missing one does not; this many are looked through before one is dropped.
    private const int KeysMax = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, TokenBucket> _buckets = [];
    private readonly long _started = clock.GetTimestamp();

    public Task<RateDecision> TakeAsync(string key, RateLimits limits, long tokens, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(limits);
        lock (_gate)
        {
            TokenBucket? requests = Read(key, RateDecision.RequestsName, limits.RequestsPerMinute);
            TokenBucket? words = Read(key, RateDecision.TokensName, limits.TokensPerMinute);
            string? exceeded = null;
            double wait = 0;
            Look(requests, limits.RequestsPerMinute, 1, RateDecision.RequestsName);
            Look(words, limits.TokensPerMinute, tokens, RateDecision.TokensName);
            if (exceeded is null)
            {
                requests = Write(key, RateDecision.RequestsName, requests?.Less(1));
                words = Write(key, RateDecision.TokensName, words?.Less(tokens));
            }

            return Task.FromResult(new RateDecision(
                requests?.Standing(limits.RequestsPerMinute!.Value), words?.Standing(limits.TokensPerMinute!.Value), exceeded,
                TimeSpan.FromSeconds(wait)));

            // A request larger than the whole limit passes when the bucket is full; it could never pass otherwise.
            void Look(TokenBucket? bucket, long? limit, double amount, string name)
            {
                if (bucket is { } present && present.Level < Math.Min(amount, limit!.Value))
                {
                    exceeded ??= name;
                    wait = Math.Max(wait, present.SecondsUntil(amount, limit.Value));
                }
            }
        }
    }

    public Task SettleAsync(string key, RateLimits limits, long tokens, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(limits);
        lock (_gate)
        {
            Write(key, RateDecision.TokensName, Read(key, RateDecision.TokensName, limits.TokensPerMinute)?.Less(tokens));
        }

        return Task.CompletedTask;
    }

    private TokenBucket? Read(string key, string name, long? limit) => limit is not { } perMinute ? null
        : _buckets.TryGetValue($"{name}:{key}", out TokenBucket bucket) ? bucket.Filled(perMinute, Now())
        : TokenBucket.Full(perMinute, Now());

    private TokenBucket? Write(string key, string name, TokenBucket? bucket)
    {
        if (bucket is { } present)
        {
            if (_buckets.Count >= KeysMax)
            {
                // Those not used for a minute are full again.
                foreach (string old in _buckets.Where(pair => pair.Value.At < Now() - 60).Select(pair => pair.Key).ToArray())
                {
                    _buckets.Remove(old);
                }
            }

            _buckets[$"{name}:{key}"] = present;
        }

        return bucket;
    }

    private double Now() => clock.GetElapsedTime(_started).TotalSeconds;
}
