using System.Collections.Concurrent;
using Ratchet.ServiceDefaults.Events;

namespace Ratchet.ServiceDefaults.Tests.Events;

/// <summary>What every event bus must do, whatever carries the events.</summary>
public abstract class EventBusContract
{
    /// <summary>Longer than anything here takes on a machine that is busy with other things.</summary>
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>A publisher's log, and buses of as many followers as a test wants.</summary>
    protected abstract Task<IBusUnderTest> StartAsync();

    [Fact]
    public async Task Every_event_comes_in_order_with_its_number_its_type_and_its_data()
    {
        await using IBusUnderTest bus = await StartAsync();
        for (int i = 1; i <= 30; i++)
        {
            bus.Log.Publish(i % 2 == 0 ? "thing.made" : "thing.lost", new { Number = i });
        }

        await using var follower = Following.Of(bus.Follower("one"), "group");
        await follower.UntilAsync(30);

        Assert.Equal(Enumerable.Range(1, 30).Select(i => (long)i), follower.Seqs);
        Assert.Equal(bus.Log.Read(0).Select(record => (record.Type, record.Data)), follower.Records.Select(record => (record.Type, record.Data)));
    }

    [Fact]
    public async Task What_is_published_while_somebody_follows_comes_too()
    {
        await using IBusUnderTest bus = await StartAsync();
        await using var follower = Following.Of(bus.Follower("one"), "group");
        for (int i = 1; i <= 10; i++)
        {
            bus.Log.Publish("thing.made", new { Number = i });
            await follower.UntilAsync(i);
        }

        Assert.Equal(10, follower.Seqs.Count);
    }

    [Fact]
    public async Task Groups_know_nothing_of_each_other_and_each_gets_all()
    {
        await using IBusUnderTest bus = await StartAsync();
        await using var one = Following.Of(bus.Follower("one"), "first");
        await using var two = Following.Of(bus.Follower("two"), "second");
        for (int i = 1; i <= 10; i++)
        {
            bus.Log.Publish("thing.made", new { Number = i });
        }

        await one.UntilAsync(10);
        await two.UntilAsync(10);

        Assert.Equal(one.Seqs, two.Seqs);
    }

    [Fact]
    public async Task Of_a_group_one_handles_each_event()
    {
        await using IBusUnderTest bus = await StartAsync();
        await using var one = Following.Of(bus.Follower("one"), "group");
        await using var two = Following.Of(bus.Follower("two"), "group");
        for (int i = 1; i <= 40; i++)
        {
            bus.Log.Publish("thing.made", new { Number = i });
        }

        await Following.UntilAsync(() => one.Seqs.Count + two.Seqs.Count >= 40);
        await Task.Delay(300);

        Assert.Equal(Enumerable.Range(1, 40).Select(i => (long)i), one.Seqs.Concat(two.Seqs).Order());
    }

    [Fact]
    public async Task A_follower_that_comes_back_goes_on_where_it_was()
    {
        await using IBusUnderTest bus = await StartAsync();
        bus.Log.Publish("thing.made", new { Number = 1 });
        await using (var first = Following.Of(bus.Follower("one"), "group"))
        {
            await first.UntilAsync(1);
        }

        bus.Log.Publish("thing.made", new { Number = 2 });
        bus.Log.Publish("thing.made", new { Number = 3 });
        await using var second = Following.Of(bus.Follower("one"), "group");
        await Following.UntilAsync(() => second.Seqs.Contains(3));

        // The last one handled before a stop may come again, and nothing before it.
        Assert.Equal([2L, 3], second.Seqs.Where(seq => seq > 1));
    }

    [Fact]
    public async Task An_event_whose_handler_fails_comes_again_before_those_after_it()
    {
        await using IBusUnderTest bus = await StartAsync();
        int failures = 3;
        await using var follower = Following.Of(bus.Follower("one"), "group", record =>
        {
            if (record.Seq == 2 && Interlocked.Decrement(ref failures) >= 0)
            {
                throw new InvalidOperationException("not now");
            }
        });
        for (int i = 1; i <= 3; i++)
        {
            bus.Log.Publish("thing.made", new { Number = i });
        }

        await follower.UntilAsync(3);

        Assert.Equal([1L, 2, 3], follower.Seqs);
        Assert.True(failures < 0);
    }

    [Fact]
    public async Task What_one_of_a_group_left_undone_another_does()
    {
        await using IBusUnderTest bus = await StartAsync();
        var begun = new TaskCompletionSource();
        bus.Log.Publish("thing.made", new { Number = 1 });
        var stuck = Following.Of(bus.Follower("one"), "group", _ =>
        {
            begun.TrySetResult();
            throw new InvalidOperationException("never");
        });
        await begun.Task.WaitAsync(Patience);
        await stuck.DisposeAsync();

        await using var other = Following.Of(bus.Follower("two"), "group");
        await Following.UntilAsync(() => other.Seqs.Contains(1));

        Assert.Empty(stuck.Seqs);
    }

    /// <summary>One bus, from the publisher's side and from its followers'.</summary>
    protected interface IBusUnderTest : IAsyncDisposable
    {
        EventLog Log { get; }

        /// <summary>A follower's own bus; the same name is the same follower, come back.</summary>
        IEventBus Follower(string name);
    }

    /// <summary>A follower and what it has handled.</summary>
    protected sealed class Following : IAsyncDisposable
    {
        public const string Publisher = "publisher";

        private readonly CancellationTokenSource _ended = new();
        private readonly ConcurrentQueue<EventRecord> _records = new();
        private Task _task = Task.CompletedTask;

        public IReadOnlyList<EventRecord> Records => [.. _records];

        public IReadOnlyList<long> Seqs => [.. _records.Select(record => record.Seq)];

        public static Following Of(IEventBus bus, string group, Action<EventRecord>? handle = null)
        {
            var following = new Following();
            following._task = bus.FollowAsync(
                new EventSubscription(Publisher, group, (record, _) =>
                {
                    handle?.Invoke(record);
                    following._records.Enqueue(record);
                    return Task.CompletedTask;
                }),
                following._ended.Token);
            return following;
        }

        public static async Task UntilAsync(Func<bool> condition)
        {
            using var limit = new CancellationTokenSource(Patience);
            while (!condition())
            {
                await Task.Delay(10, limit.Token);
            }
        }

        public Task UntilAsync(int count) => UntilAsync(() => _records.Count >= count);

        public async ValueTask DisposeAsync()
        {
            await _ended.CancelAsync();
            await _task.WaitAsync(Patience);
        }
    }
}
