using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Ratchet.ServiceDefaults.Events;
using Ratchet.ServiceDefaults.Storage;

namespace Ratchet.ServiceDefaults.Tests.Events;

public sealed class EventLogTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task A_follower_sees_every_event_once_in_order_and_goes_on_where_it_was()
    {
        await using TestService service = await StartAsync();
        var log = service.Services.GetRequiredService<EventLog>();
        string cursor = Path.Combine(service.Folder, "cursor");
        for (int i = 0; i < 450; i++)
        {
            log.Publish("thing.made", new { Number = i });
        }

        List<long> first = await FollowAsync(service, cursor, until: 450);
        log.Publish("thing.made", new { Number = 450 });
        List<long> second = await FollowAsync(service, cursor, until: 451);

        Assert.Equal(Enumerable.Range(1, 450).Select(i => (long)i), first);
        Assert.Equal([451L], second);
    }

    [Fact]
    public async Task An_event_whose_handler_fails_comes_again()
    {
        await using TestService service = await StartAsync();
        service.Services.GetRequiredService<EventLog>().Publish("thing.made", new { Number = 1 });
        int calls = 0;
        var done = new TaskCompletionSource();
        using var follower = Follower(service, Path.Combine(service.Folder, "cursor"), _ =>
        {
            if (++calls == 1)
            {
                throw new InvalidOperationException("not now");
            }

            done.TrySetResult();
        });

        await follower.StartAsync(CancellationToken.None);
        await done.Task.WaitAsync(Patience);
        await follower.StopAsync(CancellationToken.None);

        Assert.Equal(2, calls);
    }

    private static async Task<List<long>> FollowAsync(TestService service, string cursor, long until)
    {
        var seen = new List<long>();
        var done = new TaskCompletionSource();
        using var follower = Follower(service, cursor, record =>
        {
            seen.Add(record.Seq);
            if (record.Seq == until)
            {
                done.TrySetResult();
            }
        });
        await follower.StartAsync(CancellationToken.None);
        await done.Task.WaitAsync(Patience);

        // The cursor moves after the handler has returned.
        while (follower.Cursor < until)
        {
            await Task.Delay(10);
        }

        await follower.StopAsync(CancellationToken.None);
        return seen;
    }

    private static EventFollower Follower(TestService service, string cursor, Action<EventRecord> handle) => new(
        () => service.Client,
        cursor,
        (record, _) =>
        {
            handle(record);
            return Task.CompletedTask;
        },
        TimeProvider.System,
        NullLogger<EventFollower>.Instance);

    private static Task<TestService> StartAsync() => TestService.StartAsync(
        app => app.MapEvents(),
        builder =>
        {
            builder.Services.AddSingleton(services => new SqliteDatabase(
                services.GetRequiredService<ServiceData>().PathOf("x.db"), [EventLog.Migration]));
            builder.Services.AddSingleton<EventLog>();
        });
}
