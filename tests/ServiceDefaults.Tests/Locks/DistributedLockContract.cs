using Ratchet.ServiceDefaults.Locks;

namespace Ratchet.ServiceDefaults.Tests.Locks;

/// <summary>What every lock must do.</summary>
public abstract class DistributedLockContract
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>The lock as one more process sees it.</summary>
    protected abstract IDistributedLock Locks();

    [Fact]
    public async Task One_holds_it_and_the_next_gets_it_when_that_one_lets_go()
    {
        string name = Name();
        HeldLock first = (await Locks().TryTakeAsync(name, CancellationToken.None))!;

        Assert.Null(await Locks().TryTakeAsync(name, CancellationToken.None));
        Assert.False(first.Lost.IsCancellationRequested);
        await first.DisposeAsync();
        await using HeldLock? second = await Locks().TryTakeAsync(name, CancellationToken.None);

        Assert.NotNull(second);
        Assert.True(second.Token > first.Token, $"{second.Token} after {first.Token}");
    }

    [Fact]
    public async Task Locks_of_other_names_are_others()
    {
        await using HeldLock? one = await Locks().TryTakeAsync(Name(), CancellationToken.None);
        await using HeldLock? other = await Locks().TryTakeAsync(Name(), CancellationToken.None);

        Assert.NotNull(one);
        Assert.NotNull(other);
    }

    [Fact]
    public async Task Of_many_that_want_it_never_two_have_it_and_each_token_is_greater()
    {
        string name = Name();
        int holders = 0;
        var tokens = new List<long>();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (int turn = 0; turn < 3; turn++)
            {
                await using HeldLock? held = await Locks().TakeAsync(name, Patience, TimeProvider.System, CancellationToken.None);
                Assert.NotNull(held);
                Assert.Equal(1, Interlocked.Increment(ref holders));
                tokens.Add(held.Token);
                await Task.Delay(2);
                Interlocked.Decrement(ref holders);
            }
        })));

        Assert.Equal(24, tokens.Count);
        Assert.Equal(tokens.Distinct().Order(), tokens);
    }

    [Fact]
    public async Task Patience_ends_without_the_lock_while_another_has_it()
    {
        string name = Name();
        await using HeldLock? first = await Locks().TryTakeAsync(name, CancellationToken.None);

        Assert.Null(await Locks().TakeAsync(name, TimeSpan.FromMilliseconds(200), TimeProvider.System, CancellationToken.None));
    }

    protected static string Name() => $"a name/with: {Guid.NewGuid():N}";
}
