using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Ratchet.ServiceDefaults.Caching;
using Ratchet.ServiceDefaults.Events;
using Ratchet.ServiceDefaults.Infrastructure.Redis;
using Ratchet.ServiceDefaults.Storage;
using Ratchet.ServiceDefaults.Tests.Events;

namespace Ratchet.ServiceDefaults.Tests.Redis;

/// <summary>Events through Redis, and what becomes of them when it is killed, wiped or too small.</summary>
public sealed class RedisEventBusTests(RedisServer server) : EventBusContract, IClassFixture<RedisServer>
{
    [Fact]
    public async Task A_killed_Redis_loses_nothing_and_repeats_at_most_the_last()
    {
        await using var own = new RedisServer();
        await own.InitializeAsync();
        await using Bus bus = await Bus.StartAsync(own, RedisServer.Quick());
        await using var follower = Following.Of(bus.Follower("one"), "group");
        Publish(bus, 5);
        await follower.UntilAsync(5);

        await own.KillAsync();
        Publish(bus, 5);
        await own.StartAsync();
        Publish(bus, 5);

        await Following.UntilAsync(() => follower.Seqs.Contains(15));
        Assert.Equal(Enumerable.Range(1, 15).Select(i => (long)i), follower.Seqs.Distinct());
    }

    [Fact]
    public async Task A_wiped_Redis_is_filled_from_the_log()
    {
        await using var own = new RedisServer();
        await own.InitializeAsync();
        await using Bus bus = await Bus.StartAsync(own, RedisServer.Quick());
        Publish(bus, 5);
        await using (var first = Following.Of(bus.Follower("one"), "group"))
        {
            await first.UntilAsync(5);
        }

        Publish(bus, 5);
        await own.WipeAsync();

        await using var second = Following.Of(bus.Follower("one"), "group");
        await Following.UntilAsync(() => second.Seqs.Contains(10));
        Assert.Equal(second.Seqs.Order().Distinct(), second.Seqs.Distinct());
        Assert.Equal([6L, 7, 8, 9, 10], second.Seqs.Where(seq => seq > 5).Distinct());
    }

    [Fact]
    public async Task The_stream_is_bounded_and_what_it_dropped_comes_from_the_log()
    {
        await using Bus bus = await Bus.StartAsync(server, RedisServer.Quick(eventsMax: 10));
        Publish(bus, 5);
        await using (var first = Following.Of(bus.Follower("one"), "group"))
        {
            await first.UntilAsync(5);
        }

        Publish(bus, 50);
        await bus.UntilFedAsync(55);
        Assert.Equal(10, await bus.LengthAsync());

        await using var second = Following.Of(bus.Follower("one"), "group");
        await Following.UntilAsync(() => second.Seqs.Contains(55));
        Assert.Equal(Enumerable.Range(6, 50).Select(i => (long)i), second.Seqs.Where(seq => seq > 5));
    }

    [Fact]
    public async Task What_a_dead_follower_had_begun_goes_to_another_after_a_while()
    {
        await using Bus bus = await Bus.StartAsync(server, RedisServer.Quick(claimAfterMilliseconds: 200));
        Publish(bus, 2);
        var begun = new TaskCompletionSource();
        var never = new TaskCompletionSource();
        using var left = new CancellationTokenSource();
        Task dead = bus.Follower("dead").FollowAsync(
            new EventSubscription(bus.Publisher, "group", async (_, _) =>
            {
                begun.TrySetResult();
                await never.Task;
            }),
            left.Token);
        await begun.Task.WaitAsync(Patience);

        await using var other = Following.Of(bus.Follower("other"), "group");
        await Following.UntilAsync(() => other.Seqs.Contains(1) && other.Seqs.Contains(2));

        await left.CancelAsync();
        never.SetCanceled();
        await dead.WaitAsync(Patience);
    }

    [Fact]
    public async Task A_publisher_with_a_new_folder_begins_anew()
    {
        await using Bus first = await Bus.StartAsync(server, RedisServer.Quick());
        Publish(first, 20);
        await first.UntilFedAsync(20);

        await first.StopFeedAsync();
        await using Bus second = await Bus.StartAsync(server, RedisServer.Quick(), first.Publisher);
        for (int i = 0; i < 3; i++)
        {
            second.Log.Publish("thing.begun.anew", new { Number = i });
        }

        // A follower may meet the old stream before the publisher has seen that it is not its own.
        await using var follower = Following.Of(second.Follower("one"), "group");
        await Following.UntilAsync(() => New().Contains(3));
        Assert.Equal([1L, 2, 3], New().Distinct());

        IEnumerable<long> New() => follower.Records.Where(record => record.Type == "thing.begun.anew").Select(record => record.Seq);
    }

    [Fact]
    public async Task Redis_that_goes_and_comes_is_said_once_each_time()
    {
        await using var own = new RedisServer();
        await own.InitializeAsync();
        var said = new Said();
        RedisConnection redis = await own.OpenAsync(said);
        var cache = new RedisResponseCache(redis, Options.Create(new CacheOptions()));
        await cache.KeepAsync("k", [1], [], CancellationToken.None);
        await own.KillAsync();
        for (int i = 0; i < 3; i++)
        {
            Assert.Null(await cache.FindAsync("k", CancellationToken.None));
        }

        var away = await redis.CheckHealthAsync(new(), CancellationToken.None);
        await own.StartAsync();
        await Following.UntilAsync(() => cache.FindAsync("k", CancellationToken.None).GetAwaiter().GetResult() is not null);
        var back = await redis.CheckHealthAsync(new(), CancellationToken.None);

        Assert.Equal(Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Degraded, away.Status);
        Assert.Contains("has not answered since", away.Description, StringComparison.Ordinal);
        Assert.Equal(Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy, back.Status);
        Assert.Equal(2, said.Lines.Count);
    }

    protected override async Task<IBusUnderTest> StartAsync() => await Bus.StartAsync(server, RedisServer.Quick(claimAfterMilliseconds: 5000));

    private static void Publish(Bus bus, int count)
    {
        for (int i = 0; i < count; i++)
        {
            bus.Log.Publish("thing.made", new { Number = i });
        }
    }

    private sealed class Said : Microsoft.Extensions.Logging.ILogger<RedisConnection>
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(Microsoft.Extensions.Logging.LogLevel logLevel) => true;

        public void Log<TState>(
            Microsoft.Extensions.Logging.LogLevel logLevel, Microsoft.Extensions.Logging.EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) => Lines.Enqueue(formatter(state, exception));
    }

    /// <summary>A publisher of its own in a shared Redis, and followers with a folder each.</summary>
    private sealed class Bus(TestService service, RedisConnection redis, IOptions<RedisOptions> options, string publisher) : IBusUnderTest
    {
        private readonly RedisEventFeed _feed = new(
            publisher, service.Services.GetRequiredService<EventLog>(), redis, options, TimeProvider.System);

        private readonly Dictionary<string, ServiceData> _data = [];

        public EventLog Log => service.Services.GetRequiredService<EventLog>();

        public string Publisher => publisher;

        public static async Task<Bus> StartAsync(RedisServer server, IOptions<RedisOptions> options, string? publisher = null)
        {
            var bus = new Bus(
                await PublisherService.StartAsync(), await server.OpenAsync(NullLogger<RedisConnection>.Instance), options,
                publisher ?? $"publisher-{Guid.NewGuid():N}");
            await bus._feed.StartAsync(CancellationToken.None);
            return bus;
        }

        public IEventBus Follower(string name)
        {
            if (!_data.TryGetValue(name, out ServiceData? data))
            {
                _data[name] = data = new ServiceData(Path.Combine(service.Folder, $"follower-{name}"));
            }

            return new Renamed(
                new RedisEventBus(_ => service.Client, redis, data, options, TimeProvider.System, NullLogger<RedisEventBus>.Instance),
                publisher);
        }

        public Task StopFeedAsync() => _feed.StopAsync(CancellationToken.None);

        public async Task<long> LengthAsync() =>
            (long)await redis.RunAsync("return redis.call('XLEN', KEYS[1])", [RedisEventFeed.StreamOf(publisher)]);

        public async Task UntilFedAsync(long seq)
        {
            while ((string?)await redis.RunAsync(
                "local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1] return last and last[1] or ''",
                [RedisEventFeed.StreamOf(publisher)]) != $"{seq}-0")
            {
                await Task.Delay(10);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _feed.StopAsync(CancellationToken.None);
            _feed.Dispose();
            foreach (ServiceData data in _data.Values)
            {
                data.Dispose();
            }

            await service.DisposeAsync();
        }
    }

    /// <summary>The contract calls every publisher the same; in one Redis each needs a name of its own.</summary>
    private sealed class Renamed(IEventBus inner, string publisher) : IEventBus
    {
        public Task FollowAsync(EventSubscription subscription, CancellationToken cancellation) =>
            inner.FollowAsync(subscription with { Publisher = publisher }, cancellation);
    }
}
