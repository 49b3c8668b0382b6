using System.Diagnostics;
using Aspire.Hosting.ApplicationModel;
using Ratchet.Contracts.Rag;
using Ratchet.Contracts.Trainer;

namespace Ratchet.EndToEnd.Tests;

/// <summary>The buttons of the trainer's row, given through the host as a dashboard gives them.</summary>
[Trait("Stack", "Both")]
[Collection(nameof(RunningRatchetCollection))]
public sealed class TrainerCommandTests(RatchetFixture ratchet)
{
    private const string Trainer = "trainer";
    private const string Collection = "default";
    private const string Alias = "latest";
    private const int ExampleCount = 24;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_cycle_is_started_paused_and_resumed()
    {
        await LearnAsync();
        ExecuteCommandResult idle = await ExecuteAsync("pause-cycle");
        Assert.False(idle.Success);
        Assert.Contains("No cycle is running", idle.Message, StringComparison.Ordinal);

        await SucceedAsync("start-cycle");
        CycleRecord cycle = Assert.Single((await ratchet.Trainer.ListCyclesAsync()).Data, one => one.Collection == Collection && !one.IsFinished);
        Assert.Equal(("running", "manual"), (cycle.Status, cycle.Trigger));
        try
        {
            await SucceedAsync("pause-cycle");
            Assert.Equal("paused", (await ratchet.Trainer.GetCycleAsync(cycle.Id)).Status);

            await SucceedAsync("resume-cycle");
            CycleRecord resumed = await ratchet.Trainer.GetCycleAsync(cycle.Id);
            Assert.True(resumed.Status == "running", $"{resumed.Status}: {resumed.Error?.Message}");
            Assert.False((await ExecuteAsync("resume-cycle")).Success);
        }
        finally
        {
            await ratchet.Trainer.CancelCycleAsync(cycle.Id);
        }
    }

    [Fact]
    public async Task The_newest_adapter_is_promoted_and_taken_back()
    {
        string older = await ratchet.AdapterAsync(1);
        await ratchet.AdapterAsync(2);
        string newest = (await ratchet.Trainer.ListAdaptersAsync()).Data.MaxBy(adapter => adapter.CreatedAt)!.Id;
        Assert.NotEqual(older, newest);
        long version = (await ratchet.Trainer.ListAliasesAsync()).Data.FirstOrDefault(alias => alias.Name == Alias)?.Version ?? 0;
        await ratchet.Trainer.MoveAliasAsync(
            Alias, new MoveAliasRequest { Adapter = older, ExpectedVersion = version, Reason = "a test", Actor = "test" });

        await SucceedAsync("promote");
        Assert.Equal(newest, (await ratchet.Trainer.GetAliasAsync(Alias)).Adapter);
        await AnswersAsync(newest);
        ExecuteCommandResult again = await ExecuteAsync("promote");
        Assert.False(again.Success);
        Assert.Contains("it serves already", again.Message, StringComparison.Ordinal);

        await SucceedAsync("roll-back");
        Assert.Equal(older, (await ratchet.Trainer.GetAliasAsync(Alias)).Adapter);
        await AnswersAsync(older);
    }

    private async Task LearnAsync()
    {
        await ratchet.Rag.PushDocumentAsync(new DocumentPush("Shelf one holds maps. Shelf two holds lamps.", "shelves", Collection));
        await ratchet.Rag.AddExamplesAsync(new ExamplesRequest(
        [
            .. Enumerable.Range(1, ExampleCount).Select(number => new ExampleInput(
                $"What is on shelf {number}?", $"Shelf {number} holds box {number}. [Rule S-{number}]", Collection, "shelves", Splits.Train,
                ExampleStates.Approved)),
        ]));
    }

    // The command goes to the trainer itself, so the gateway hears of the move by its event.
    private async Task AnswersAsync(string adapter)
    {
        var watch = Stopwatch.StartNew();
        while ((await ratchet.Chats.AskAsync("Which shelf?", Alias, tokensMax: 1)).Model != adapter)
        {
            Assert.True(watch.Elapsed < Patience, $"The gateway has not heard that {Alias} is {adapter}.");
            await Task.Delay(100);
        }
    }

    private Task<ExecuteCommandResult> ExecuteAsync(string command) => ratchet.App.ResourceCommands.ExecuteCommandAsync(Trainer, command);

    private async Task SucceedAsync(string command)
    {
        ExecuteCommandResult result = await ExecuteAsync(command);
        Assert.True(result.Success, result.Message);
    }
}
