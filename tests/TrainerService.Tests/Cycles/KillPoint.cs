using Ratchet.TrainerService.Cycles;

namespace Ratchet.TrainerService.Tests.Cycles;

/// <summary>Where the service is to die: after the work of the step is done, before anyone has noted that.</summary>
internal sealed class KillPoint(string step)
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Reached => _reached.Task;

    public bool Holds { get; init; } = true;

    public Action? At { get; set; }

    public async Task PassAsync(string name, CancellationToken cancellation)
    {
        if (name == step)
        {
            At?.Invoke();
            _reached.TrySetResult();
            if (Holds)
            {
                await Task.Delay(Timeout.Infinite, cancellation);
            }
        }
    }
}

internal sealed class WatchedStep(ICycleStep inner, KillPoint point) : ICycleStep
{
    public string Name => inner.Name;

    public async Task<CycleStepResult> RunAsync(CycleState cycle, CycleProgress progress, CancellationToken cancellation)
    {
        CycleStepResult result = await inner.RunAsync(cycle, progress, cancellation);
        await point.PassAsync(Name, cancellation);
        return result;
    }
}
