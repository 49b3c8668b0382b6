using System.Net;
using System.Net.Http.Json;
using Ratchet.Contracts.Trainer;
using Ratchet.ServiceDefaults.Locks;
using Ratchet.TrainerService.Cycles;
using Ratchet.TrainerService.Tests.Fakes;

namespace Ratchet.TrainerService.Tests.Cycles;

/// <summary>Of several trainers one at a time works on a collection's cycles (F13).</summary>
public sealed class CycleLockTests
{
    private const string Collection = "house";
    private static readonly StartCycleRequest Request = new() { Collection = Collection };

    [Fact]
    public async Task While_another_trainer_holds_the_lock_no_cycle_starts()
    {
        using var host = new TrainerHost();
        HttpClient client = host.CreateClient();
        await using HeldLock? other = await host.Get<IDistributedLock>().TryTakeAsync(CycleStarter.LockOf(Collection), CancellationToken.None);
        Assert.NotNull(other);

        HttpResponseMessage refused = await client.PostAsJsonAsync("/v1/cycles", new { collection = Collection });

        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        Assert.Contains("cycle_running", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(host.Get<CycleStore>().List());
    }

    [Fact]
    public async Task A_holder_that_was_paused_past_its_time_writes_nothing_more()
    {
        using var host = new TrainerHost();
        CycleStore store = host.Get<CycleStore>();
        string name = CycleStarter.LockOf(Collection);

        // Held, so that the service's own runner keeps its hands off.
        await using HeldLock? held = await host.Get<IDistributedLock>().TryTakeAsync(name, CancellationToken.None);
        string id = store.Add(Request, "manual", new Fence(name, 5)).Id;
        store.Update(id, Reason("by the next"), new Fence(name, 6));

        LockLostException lost = Assert.Throws<LockLostException>(() => store.Update(id, Reason("by the sleeper"), new Fence(name, 5)));
        Assert.Throws<LockLostException>(() => store.Add(Request, "manual", new Fence(name, 5)));

        Assert.Equal("by the next", store.Get(id).View.Reason);
        Assert.Contains("token 6", lost.Message, StringComparison.Ordinal);
        store.Update(id, Reason("still by the next"), new Fence(name, 6));
        Assert.Equal("still by the next", store.Get(id).View.Reason);
    }

    [Fact]
    public async Task A_runner_waits_for_the_lock_and_goes_on_when_it_is_free()
    {
        using var host = new TrainerHost();
        CycleStore store = host.Get<CycleStore>();
        HeldLock held = (await host.Get<IDistributedLock>().TryTakeAsync(CycleStarter.LockOf(Collection), CancellationToken.None))!;
        string id = store.Add(Request, "manual", new Fence(CycleStarter.LockOf(Collection), held.Token)).Id;
        await Task.Delay(300);
        Assert.Equal("waiting", store.Get(id).View.Steps[0].Status);

        await held.DisposeAsync();

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (store.Get(id).View.Steps[0].Status == "waiting")
        {
            await Task.Delay(20, limit.Token);
        }
    }

    private static Func<CycleState, CycleState> Reason(string text) => state => state with { View = state.View with { Reason = text } };
}
