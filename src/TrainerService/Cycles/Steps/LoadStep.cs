using Ratchet.Contracts.Trainer;
using Ratchet.TrainerService.Ports;
using Ratchet.TrainerService.Registry;

namespace Ratchet.TrainerService.Cycles.Steps;

/// <summary>Has the candidate loaded and warmed before anyone is sent to it.</summary>
public sealed class LoadStep(AdapterStore adapters, IAdapterServer server) : ICycleStep
{
    public string Name => "load";

    public async Task<CycleStepResult> RunAsync(CycleState cycle, CycleProgress progress, CancellationToken cancellation)
    {
        AdapterRecord adapter = adapters.Get(cycle.View.Adapter!);
        await server.LoadAsync(adapter.Id, adapter.Path, cancellation);
        return new CycleStepResult($"{adapter.Bytes:N0} bytes loaded for serving.");
    }
}
