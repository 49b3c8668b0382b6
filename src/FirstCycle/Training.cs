using Ratchet.Contracts.Trainer;

namespace Ratchet.FirstCycle;

/// <summary>Starts a cycle and follows it to its end.</summary>
internal sealed class Training(TrainerClient trainer, Narrator narrator)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private static readonly Dictionary<string, string> Words = new()
    {
        ["seal"] = "Seal the approved examples",
        ["file"] = "Fetch the batch",
        ["contexts"] = "Retrieve contexts, once for all arms",
        ["train"] = "Train an adapter",
        ["evaluate"] = "Evaluate all arms and the probe",
        ["gate"] = "Ask the gate",
        ["load"] = "Load and warm the adapter",
        ["promote"] = "Move the alias",
    };

    // Once over the examples, and no longer than two processors take five minutes for.
    private static readonly TrainingSettings Settings = new() { Epochs = 1, MaxTokens = 58_000 };

    public async Task<CycleRecord> RunAsync(int seed, CancellationToken cancellation)
    {
        CycleRecord cycle = await trainer.StartCycleAsync(
            new StartCycleRequest { Collection = SampleBusiness.Collection, Seed = seed, Suffix = "first-cycle", Reason = "./run first-cycle", Training = Settings },
            cancellation);
        var told = new HashSet<string>();
        while (true)
        {
            Tell(cycle, told);
            if (cycle.IsFinished)
            {
                return cycle;
            }

            await Task.Delay(LookEvery, cancellation);
            cycle = await trainer.GetCycleAsync(cycle.Id, cancellation);
        }
    }

    private void Tell(CycleRecord cycle, HashSet<string> told)
    {
        foreach (CycleStep step in cycle.Steps)
        {
            string name = Words.GetValueOrDefault(step.Name, step.Name);
            if (step.Status == "running")
            {
                string detail = step is { Done: { } done, Total: { } total } ? $"{done} of {total}" : step.Message ?? "working";
                narrator.Progress(name, detail, step.RemainingSeconds);
            }
            else if (step.Status is "done" or "skipped" or "failed" && told.Add(step.Name))
            {
                string time = step is { StartedAt: { } started, FinishedAt: { } finished } ? $" ({finished - started} s)" : "";
                narrator.Say($"{name}: {step.Status}{time}{(step.Message is { Length: > 0 } message ? $". {message}" : "")}");
            }
        }
    }
}
