using Microsoft.Extensions.Options;
using Ratchet.Contracts.Rag;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Cycles.Steps;

/// <summary>Seals the approved examples into a batch. The cycle's id is the key: sealing again gives the same batch.</summary>
public sealed class SealStep(IKnowledge knowledge, IOptions<TrainerOptions> options) : ICycleStep
{
    public string Name => "seal";

    public async Task<CycleStepResult> RunAsync(CycleState cycle, CycleProgress progress, CancellationToken cancellation)
    {
        BatchRecord batch = await knowledge.SealAsync(
            cycle.View.Collection, options.Value.Cycles.Include, cycle.Id, cancellation);
        if (!batch.Trainable)
        {
            throw new CycleStepException(
                "batch_redacted", $"The batch {batch.Id} lost rows to a deleted document and is not trained on. Start a new cycle.");
        }

        return new CycleStepResult(
            $"{batch.ExampleCount} examples on {batch.DocumentCount} documents sealed as {batch.Id[..Math.Min(18, batch.Id.Length)]}.",
            state => state with { View = state.View with { Batch = batch.Id } });
    }
}
