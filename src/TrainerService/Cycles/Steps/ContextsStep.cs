using Microsoft.Extensions.Options;
using Ratchet.Contracts.Rag;
using Ratchet.ServiceDefaults.Storage;
using Ratchet.TrainerService.Datasets;
using Ratchet.TrainerService.Jobs;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Cycles.Steps;

/// <summary>Retrieves once for every training and held-out question, and writes the training samples with their replay.</summary>
public sealed class ContextsStep(
    IKnowledge knowledge, ContextGathering gathering, FileStore files, IDatasetReader reader, ServiceData data,
    IOptions<TrainerOptions> options) : ICycleStep
{
    // Enough to draw from; a batch of a million rows need not be retrieved for a handful of replays.
    private const int EarlierMax = 2000;

    public string Name => "contexts";

    public async Task<CycleStepResult> RunAsync(CycleState cycle, CycleProgress progress, CancellationToken cancellation)
    {
        var folder = new CycleFolder(data, cycle.Id);
        int passages = options.Value.Evaluation.PassageCount;
        IReadOnlyList<BatchRow> rows = ContextGathering.Rows(await File.ReadAllBytesAsync(
            files.PathOf(cycle.View.TrainingFile!), cancellation));
        List<ExampleRecord> heldOut = [];
        await foreach (ExampleRecord example in knowledge.HeldOutAsync(cycle.View.Collection, cancellation))
        {
            heldOut.Add(example);
        }

        (List<BatchRow> earlier, List<string> batches) = await EarlierAsync(cycle, rows, cancellation);
        List<BatchRow> learnt = [.. rows, .. earlier];
        int total = learnt.Count + heldOut.Count;
        await gathering.GatherTrainingAsync(
            folder.TrainingContexts, learnt, passages, done => progress.Report(done, total), cancellation);
        await gathering.GatherHeldOutAsync(
            folder.HeldOutContexts, heldOut, passages, done => progress.Report(learnt.Count + done, total), cancellation);

        int seed = SeedOf(cycle);
        int replayed = earlier.Count + WriteSamples(folder, learnt, earlier.Count, seed, passages);
        return new CycleStepResult(
            $"{rows.Count} examples and {heldOut.Count} held-out questions with their passages; {replayed} examples replayed.",
            state => state with { Batches = [state.View.Batch!, .. batches], ReplayCount = replayed });
    }

    /// <summary>The seed of a cycle: asked for, or following from its batch.</summary>
    internal static int SeedOf(CycleState cycle) => cycle.Request.Seed ?? AutoSettings.SeedOf(cycle.View.Batch!);

    private int WriteSamples(CycleFolder folder, List<BatchRow> learnt, int earlierCount, int seed, int passages)
    {
        CycleOptions cycles = options.Value.Cycles;
        var contexts = LineFile.Read<TrainingContext>(folder.TrainingContexts).Items
            .DistinctBy(c => c.Row.ExampleId).ToDictionary(c => c.Row.ExampleId);
        string path = JobPreparation.ReplayPath(options.Value);
        int wanted = (int)Math.Round((learnt.Count - earlierCount) * cycles.ReplayShare / (1 - cycles.ReplayShare));
        TrainingConversation[] general = [];
        if (File.Exists(path) && wanted > earlierCount)
        {
            TrainingConversation[] pool = [.. reader.Read(path, Path.GetFileName(path))];
            new Random(seed).Shuffle(pool);
            general = pool[..Math.Min(pool.Length, wanted - earlierCount)];
        }

        SampleFile.Write(
            folder.Samples,
            learnt.Select(row => TrainingSamples.Make(contexts[row.ExampleId], seed, passages, cycles)).Concat(general));
        return general.Length;
    }

    // Of what is replayed, a share comes from earlier batches, as they are now: what was deleted since is not in them.
    private async Task<(List<BatchRow> Rows, List<string> Batches)> EarlierAsync(
        CycleState cycle, IReadOnlyList<BatchRow> rows, CancellationToken cancellation)
    {
        CycleOptions cycles = options.Value.Cycles;
        HashSet<string> own = [.. rows.Select(row => row.ExampleId)];
        var pool = new List<(BatchRow Row, string Batch)>();
        foreach (BatchRecord batch in await knowledge.BatchesAsync(cancellation))
        {
            if (batch.Id == cycle.View.Batch || !batch.Trainable || batch.Form != BatchForms.Examples || batch.Collection != cycle.View.Collection
                || pool.Count >= EarlierMax)
            {
                continue;
            }

            foreach (BatchRow row in ContextGathering.Rows(await knowledge.ContentAsync(batch.Id, cancellation)))
            {
                if (own.Add(row.ExampleId))
                {
                    pool.Add((row, batch.Id));
                }
            }
        }

        IReadOnlyList<(BatchRow Row, string Batch)> picked = ReplaySelection.Pick(
            pool, rows.Count, cycles.ReplayShare * cycles.EarlierShare, SeedOf(cycle));
        return ([.. picked.Select(p => p.Row)], [.. picked.Select(p => p.Batch).Distinct()]);
    }
}
