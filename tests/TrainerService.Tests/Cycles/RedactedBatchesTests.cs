using Ratchet.Contracts.Trainer;
using Ratchet.ServiceDefaults.Events;
using Ratchet.TrainerService.Cycles;
using Ratchet.TrainerService.Datasets;
using Ratchet.TrainerService.Tests.Fakes;

namespace Ratchet.TrainerService.Tests.Cycles;

/// <summary>What a deleted document takes with it here (F118).</summary>
public sealed class RedactedBatchesTests
{
    [Fact]
    public async Task The_copies_of_a_redacted_batch_are_gone_and_its_cycle_ends()
    {
        using var host = new TrainerHost();
        FileStore files = host.Get<FileStore>();
        CycleStore cycles = host.Get<CycleStore>();
        files.Add("file-abc", "batch-abc.jsonl", FileStore.TrainingPurpose, [1, 2, 3], 1, null);
        CycleState cycle = cycles.Add(new StartCycleRequest { Collection = "house" }, "manual");
        cycles.Update(cycle.Id, state => state with
        {
            View = state.View with { Batch = "batch-abc", Status = CycleStatuses.Paused },
        });
        string folder = Path.Combine(host.Folder, "trainer", "cycles", cycle.Id);
        Directory.CreateDirectory(folder);
        var told = new EventRecord(1, "batch.redacted", """{"id":"batch-abc","document":"d"}""", 1);

        await host.Get<RedactedBatches>().HandleAsync(told);
        await host.Get<RedactedBatches>().HandleAsync(told);

        Assert.Null(files.Find("file-abc"));
        Assert.False(File.Exists(files.PathOf("file-abc")));
        Assert.False(Directory.Exists(folder));
        Assert.Equal("cancelled", cycles.Get(cycle.Id).View.Status);
    }
}
