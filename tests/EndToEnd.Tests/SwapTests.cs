using System.Collections.Concurrent;
using Ratchet.Contracts.Trainer;

namespace Ratchet.EndToEnd.Tests;

/// <summary>The alias moves under load, and nobody is dropped.</summary>
[Collection(nameof(RunningRatchetCollection))]
public sealed class SwapTests(RatchetFixture ratchet)
{
    private const int StreamCount = 32;
    private const int MoveCount = 20;
    private const int MovesMax = 400;
    private const int TokensMax = 32;
    private const string Alias = "latest";

    [Fact]
    public async Task Thirty_two_streams_outlive_twenty_moves_of_the_alias()
    {
        string[] adapters = [await ratchet.AdapterAsync(1), await ratchet.AdapterAsync(2)];
        AliasRecord alias = await MoveAsync(adapters[0], await VersionAsync());

        var answered = new ConcurrentBag<string>();
        using var moved = new CancellationTokenSource();
        Task[] streams = [.. Enumerable.Range(0, StreamCount).Select(number => StreamOnAsync(number, answered, moved.Token))];

        // On a busy machine twenty moves can pass while the first streams are still writing: then it goes on until both had their share.
        for (int move = 1; move <= MoveCount || (move <= MovesMax && answered.Distinct().Count() < adapters.Length); move++)
        {
            string next = adapters[move % adapters.Length];
            alias = await MoveAsync(next, alias.Version);
            Assert.Equal(next, (await ratchet.Chats.AskAsync("Which shelf?", Alias, tokensMax: 1)).Model);
        }

        await moved.CancelAsync();
        await Task.WhenAll(streams);

        // Each stream finished on one generation (StreamAsync checks it); both generations had their share.
        Assert.True(answered.Count >= StreamCount);
        Assert.Equal(adapters.Order(), answered.Distinct().Order());
    }

    [Fact]
    public async Task A_move_that_names_an_old_version_is_refused()
    {
        string adapter = await ratchet.AdapterAsync(1);
        long version = await VersionAsync();
        await MoveAsync(adapter, version);

        TrainerException refusal = await Assert.ThrowsAsync<TrainerException>(() => MoveAsync(adapter, version));

        Assert.Equal("alias_moved", refusal.Code);
    }

    private async Task StreamOnAsync(int number, ConcurrentBag<string> answered, CancellationToken moved)
    {
        do
        {
            (string model, _) = await ratchet.Chats.StreamAsync($"Which shelf holds bicycle {number}?", Alias, TokensMax);
            answered.Add(model);
        }
        while (!moved.IsCancellationRequested);
    }

    private async Task<long> VersionAsync() =>
        (await ratchet.Trainer.ListAliasesAsync()).Data.FirstOrDefault(alias => alias.Name == Alias)?.Version ?? 0;

    private Task<AliasRecord> MoveAsync(string adapter, long version) =>
        ratchet.Trainer.MoveAliasAsync(Alias, new MoveAliasRequest { Adapter = adapter, ExpectedVersion = version, Reason = "a test", Actor = "test" });
}
