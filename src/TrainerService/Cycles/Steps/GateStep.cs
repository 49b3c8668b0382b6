using Ratchet.Contracts.Trainer;
using Ratchet.ServiceDefaults.Storage;
using Ratchet.TrainerService.Evaluation;
using Ratchet.TrainerService.Gate;
using Ratchet.TrainerService.Registry;

namespace Ratchet.TrainerService.Cycles.Steps;

/// <summary>Makes the report, lets the gate speak, and ends the cycle unless it says promote.</summary>
public sealed class GateStep(
    EvaluationReporter reporter, AdapterStore adapters, ServiceData data) : ICycleStep
{
    public string Name => "gate";

    public Task<CycleStepResult> RunAsync(CycleState cycle, CycleProgress progress, CancellationToken cancellation)
    {
        var evaluation = new EvaluationFolder(new CycleFolder(data, cycle.Id).Evaluation);
        EvaluationReport report = reporter.Make(evaluation, new EvaluationSubject(
            cycle.View.Adapter!, cycle.View.Champion, cycle.View.Collection, cycle.View.Batch!, cycle.Id,
            cycle.View.Steps.First(step => step.Name == "evaluate").StartedAt ?? cycle.View.CreatedAt));
        adapters.SaveEvaluation(report);
        string? ends = report.Verdict switch
        {
            PromotionGate.Promote => null,
            PromotionGate.Reject => CycleStatuses.Rejected,
            _ => CycleStatuses.Inconclusive,
        };
        return Task.FromResult(new CycleStepResult(
            $"{report.Verdict}: {report.Reasons[0]}",
            state => state with { View = state.View with { Verdict = report.Verdict, Reasons = report.Reasons } },
            ends));
    }
}
