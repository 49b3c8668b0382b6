using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Ratchet.ServiceDefaults.Caching;
using Ratchet.ServiceDefaults.Infrastructure.Redis;
using Ratchet.ServiceDefaults.Limits;
using Ratchet.ServiceDefaults.Locks;
using Ratchet.ServiceDefaults.Tests.Caching;
using Ratchet.ServiceDefaults.Tests.Limits;
using Ratchet.ServiceDefaults.Tests.Locks;

namespace Ratchet.ServiceDefaults.Tests.Redis;

public sealed class RedisLockTests(RedisServer server) : DistributedLockContract, IClassFixture<RedisServer>, IAsyncLifetime
{
    private RedisConnection _redis = null!;

    public async ValueTask InitializeAsync() => _redis = await server.OpenAsync(NullLogger<RedisConnection>.Instance);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    // The holder's clock stands still, as it does in a process that is paused; everybody else's goes on.
    [Fact]
    public async Task A_paused_holder_loses_the_lock_to_a_greater_token_and_learns_it_when_it_wakes()
    {
        string name = Name();
        var paused = new FakeTimeProvider();
        var options = RedisServer.Quick(lockMilliseconds: 300);
        HeldLock sleeper = (await new RedisLock(_redis, options, paused).TryTakeAsync(name, CancellationToken.None))!;

        await using HeldLock? next = await new RedisLock(_redis, options, TimeProvider.System)
            .TakeAsync(name, TimeSpan.FromSeconds(60), TimeProvider.System, CancellationToken.None);
        Assert.NotNull(next);
        Assert.True(next.Token > sleeper.Token);
        Assert.False(sleeper.Lost.IsCancellationRequested);

        var learned = new TaskCompletionSource();
        sleeper.Lost.Register(learned.SetResult);
        paused.Advance(TimeSpan.FromSeconds(1));
        await learned.Task.WaitAsync(TimeSpan.FromSeconds(60));

        // Letting go of what it no longer has takes nothing from the one who has it.
        await sleeper.DisposeAsync();
        Assert.Null(await new RedisLock(_redis, options, TimeProvider.System).TryTakeAsync(name, CancellationToken.None));
    }

    [Fact]
    public async Task A_holder_that_runs_keeps_the_lock_past_its_time()
    {
        string name = Name();
        var locks = new RedisLock(_redis, RedisServer.Quick(lockMilliseconds: 3000), TimeProvider.System);
        await using HeldLock? held = await locks.TryTakeAsync(name, CancellationToken.None);

        Assert.Null(await locks.TakeAsync(name, TimeSpan.FromSeconds(5), TimeProvider.System, CancellationToken.None));
        Assert.False(held!.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task Tokens_grow_even_where_Redis_lost_what_it_held()
    {
        await using var own = new RedisServer();
        await own.InitializeAsync();
        var locks = new RedisLock(await own.OpenAsync(NullLogger<RedisConnection>.Instance), RedisServer.Quick(), TimeProvider.System);
        string name = Name();
        HeldLock before = (await locks.TryTakeAsync(name, CancellationToken.None))!;
        long token = before.Token;
        await before.DisposeAsync();

        await own.WipeAsync();
        await using HeldLock? after = await locks.TryTakeAsync(name, CancellationToken.None);

        Assert.True(after!.Token > token);
    }

    [Fact]
    public async Task Without_Redis_there_is_no_lock_and_it_is_said()
    {
        await using var own = new RedisServer();
        await own.InitializeAsync();
        var locks = new RedisLock(await own.OpenAsync(NullLogger<RedisConnection>.Instance), RedisServer.Quick(), TimeProvider.System);
        await own.KillAsync();

        await Assert.ThrowsAsync<LockAwayException>(() => locks.TryTakeAsync(Name(), CancellationToken.None));
    }

    protected override IDistributedLock Locks() => new RedisLock(_redis, RedisServer.Quick(), TimeProvider.System);
}

public sealed class RedisResponseCacheTests(RedisServer server) : ResponseCacheContract, IClassFixture<RedisServer>, IAsyncLifetime
{
    private RedisConnection _redis = null!;

    public async ValueTask InitializeAsync() => _redis = await server.OpenAsync(NullLogger<RedisConnection>.Instance);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task What_one_replica_keeps_another_finds_and_what_one_forgets_is_gone_for_all()
    {
        IResponseCache one = Cache();
        var two = new RedisResponseCache(await server.OpenAsync(NullLogger<RedisConnection>.Instance), Options.Create(new CacheOptions()));
        string key = Id(), document = Id();

        await one.KeepAsync(key, [7], [document], CancellationToken.None);
        Assert.Equal([7], await two.FindAsync(key, CancellationToken.None));
        await two.ForgetAsync(document, CancellationToken.None);

        Assert.Null(await one.FindAsync(key, CancellationToken.None));
    }

    protected override IResponseCache Cache(TimeSpan? kept = null) => new RedisResponseCache(
        _redis, Options.Create(new CacheOptions { Kept = kept ?? TimeSpan.FromHours(1), AnswerBytesMax = AnswerBytesMax }));
}

public sealed class RedisRateLimiterTests(RedisServer server) : RateLimiterContract, IClassFixture<RedisServer>, IAsyncLifetime
{
    private RedisConnection _redis = null!;

    public async ValueTask InitializeAsync() => _redis = await server.OpenAsync(NullLogger<RedisConnection>.Instance);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Replicas_count_together()
    {
        string key = Key();
        var limits = new RateLimits(4, null);
        var other = new RedisRateLimiter(await server.OpenAsync(NullLogger<RedisConnection>.Instance), new MemoryRateLimiter(TimeProvider.System));

        await TakeAsync(Limiter(), key, limits, 2);
        await TakeAsync(other, key, limits, 2);

        Assert.False((await Limiter().TakeAsync(key, limits, 0, CancellationToken.None)).IsAllowed);
    }

    protected override IRateLimiter Limiter() => new RedisRateLimiter(_redis, new MemoryRateLimiter(TimeProvider.System));
}
