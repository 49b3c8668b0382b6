using Microsoft.Extensions.Options;
using Ratchet.Contracts.Trainer;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.TrainerService.Registry;

namespace Ratchet.TrainerService.Cycles.Steps;

/// <summary>Moves the alias from the champion that was compared with to the candidate.</summary>
public sealed class PromoteStep(AliasStore aliases, IOptions<TrainerOptions> options) : ICycleStep
{
    public string Name => "promote";

    public Task<CycleStepResult> RunAsync(CycleState cycle, CycleProgress progress, CancellationToken cancellation)
    {
        string name = options.Value.Cycles.Alias;
        string adapter = cycle.View.Adapter!;
        AliasRecord? now = aliases.Find(name);
        if (now?.History.Any(move => move.Adapter == adapter && move.Actor == cycle.Id) == true)
        {
            return Task.FromResult(Done(name, now));
        }

        try
        {
            AliasRecord moved = aliases.Move(
                name, adapter, cycle.AliasVersion, AliasStore.PromoteAction, string.Join(" ", cycle.View.Reasons), cycle.Id,
                overruled: false);
            return Task.FromResult(Done(name, moved));
        }
        catch (ApiException e) when (e.Code == "alias_moved")
        {
            // The comparison was with another champion than the one that serves now, so it proves nothing about that one.
            return Task.FromResult(new CycleStepResult(
                $"'{name}' was moved by someone else while this cycle ran; the candidate was not compared with its new holder.",
                state => state with
                {
                    View = state.View with { Reasons = [.. state.View.Reasons, e.Message] },
                },
                CycleStatuses.Inconclusive));
        }
    }

    private static CycleStepResult Done(string name, AliasRecord alias) =>
        new($"'{name}' is at version {alias.Version} and holds {alias.Adapter}.");
}
