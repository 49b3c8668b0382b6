using Ratchet.ServiceDefaults.Limits;

namespace Ratchet.ServiceDefaults.Tests.Limits;

/// <summary>What every rate limiter must do.</summary>
public abstract class RateLimiterContract
{
    // Slow enough that nothing comes back while a test runs, whatever else the machine does.
    private static readonly RateLimits Slow = new(3, 100);

    /// <summary>The limiter as one more replica sees it.</summary>
    protected abstract IRateLimiter Limiter();

    [Fact]
    public async Task So_many_requests_pass_and_the_next_is_told_when_to_come_back()
    {
        string key = Key();
        IRateLimiter limiter = Limiter();
        var limits = new RateLimits(3, null);

        long[] remaining = [.. (await TakeAsync(limiter, key, limits, 3)).Select(decision => decision.Requests!.Remaining)];
        RateDecision refused = await limiter.TakeAsync(key, limits, 0, CancellationToken.None);

        Assert.Equal([2L, 1, 0], remaining);
        Assert.Equal((RateDecision.RequestsName, false), (refused.Exceeded, refused.IsAllowed));
        Assert.InRange(refused.RetryAfter.TotalSeconds, 1, 20);
        Assert.Equal(3, refused.Requests!.Limit);
        Assert.InRange(refused.Requests.Reset.TotalSeconds, 30, 60);
        Assert.Null(refused.Tokens);
    }

    [Fact]
    public async Task Tokens_are_counted_beside_requests_and_a_refusal_takes_nothing()
    {
        string key = Key();
        IRateLimiter limiter = Limiter();

        Assert.True((await limiter.TakeAsync(key, Slow, 80, CancellationToken.None)).IsAllowed);
        RateDecision refused = await limiter.TakeAsync(key, Slow, 80, CancellationToken.None);
        RateDecision small = await limiter.TakeAsync(key, Slow, 10, CancellationToken.None);

        Assert.Equal(RateDecision.TokensName, refused.Exceeded);
        Assert.InRange(refused.RetryAfter.TotalSeconds, 10, 40);
        Assert.True(small.IsAllowed);
        Assert.Equal(1, small.Requests!.Remaining);
    }

    [Fact]
    public async Task An_estimate_is_set_right_in_both_directions()
    {
        string key = Key();
        IRateLimiter limiter = Limiter();
        var limits = new RateLimits(null, 100);
        await limiter.TakeAsync(key, limits, 90, CancellationToken.None);

        await limiter.SettleAsync(key, limits, -80, CancellationToken.None);
        RateDecision after = await limiter.TakeAsync(key, limits, 50, CancellationToken.None);
        await limiter.SettleAsync(key, limits, 200, CancellationToken.None);
        RateDecision refused = await limiter.TakeAsync(key, limits, 1, CancellationToken.None);

        Assert.True(after.IsAllowed);
        Assert.InRange(after.Tokens!.Remaining, 40, 60);
        Assert.Equal(0, refused.Tokens!.Remaining);
        Assert.InRange(refused.RetryAfter.TotalSeconds, 60, 120);
    }

    [Fact]
    public async Task What_is_larger_than_the_limit_passes_once_the_limit_is_whole()
    {
        IRateLimiter limiter = Limiter();
        Assert.True((await limiter.TakeAsync(Key(), new RateLimits(null, 100), 5000, CancellationToken.None)).IsAllowed);
    }

    [Fact]
    public async Task Keys_do_not_take_from_each_other()
    {
        IRateLimiter limiter = Limiter();
        string one = Key();
        await TakeAsync(limiter, one, new RateLimits(3, null), 3);

        Assert.True((await limiter.TakeAsync(Key(), new RateLimits(3, null), 0, CancellationToken.None)).IsAllowed);
    }

    [Fact]
    public async Task A_limit_fills_up_again()
    {
        string key = Key();
        IRateLimiter limiter = Limiter();
        var fast = new RateLimits(600, null);
        await TakeAsync(limiter, key, fast, 600);

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!(await limiter.TakeAsync(key, fast, 0, CancellationToken.None)).IsAllowed)
        {
            await Task.Delay(20, limit.Token);
        }
    }

    protected static string Key() => Guid.NewGuid().ToString("N");

    protected static async Task<List<RateDecision>> TakeAsync(IRateLimiter limiter, string key, RateLimits limits, int count)
    {
        var decisions = new List<RateDecision>();
        for (int i = 0; i < count; i++)
        {
            decisions.Add(await limiter.TakeAsync(key, limits, 0, CancellationToken.None));
        }

        return decisions;
    }
}
