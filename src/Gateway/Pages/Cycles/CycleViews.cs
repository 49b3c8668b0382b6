using System.Globalization;
using Ratchet.Contracts.Rag;
using Ratchet.Contracts.Trainer;
using Ratchet.Web.Components.Pages;
using Ratchet.Web.Components.Parts;
using Ratchet.Web.Components.Text;

namespace Ratchet.Gateway.Pages.Cycles;

/// <summary>All cycles, and what the next one would have.</summary>
public sealed record CyclesView(IReadOnlyList<CycleRecord> Cycles, KnowledgeStats? Stats)
{
    public string? Collection { get; init; }

    public string? Reason { get; init; }

    public ErrorView? Error { get; init; }
}

/// <summary>How cycles are put into words.</summary>
public static class CycleWords
{
    public static Phrase Status(string status) => status switch
    {
        "running" => CycleStrings.Running,
        "paused" => CycleStrings.Paused,
        "promoted" => CycleStrings.Promoted,
        "rejected" => CycleStrings.Rejected,
        "inconclusive" => CycleStrings.Inconclusive,
        "failed" => CycleStrings.FailedState,
        "cancelled" => CycleStrings.Cancelled,
        _ => new Phrase(status, status),
    };

    public static string? Class(string status) => status switch
    {
        "promoted" => "good",
        "rejected" or "failed" => "bad",
        "inconclusive" or "paused" => "warn",
        "running" => "accent",
        _ => null,
    };

    public static Phrase Trigger(string trigger) => trigger switch
    {
        "schedule" => CycleStrings.BySchedule,
        "threshold" => CycleStrings.ByThreshold,
        _ => CycleStrings.ByHand,
    };

    public static IReadOnlyList<StepView> Steps(CycleRecord cycle, PageContext reader)
    {
        ArgumentNullException.ThrowIfNull(cycle);
        ArgumentNullException.ThrowIfNull(reader);
        return [.. cycle.Steps.Select(step => new StepView(reader.Say(Step(step.Name)), State(step.Status), Detail(step, reader)))];
    }

    private static Phrase Step(string name) => name switch
    {
        "seal" => CycleStrings.StepSeal,
        "file" => CycleStrings.StepFile,
        "contexts" => CycleStrings.StepContexts,
        "train" => CycleStrings.StepTrain,
        "evaluate" => CycleStrings.StepEvaluate,
        "gate" => CycleStrings.StepGate,
        "load" => CycleStrings.StepLoad,
        "promote" => CycleStrings.StepPromote,
        _ => new Phrase(name, name),
    };

    private static StepState State(string status) => status switch
    {
        "done" => StepState.Done,
        "running" => StepState.Running,
        "failed" => StepState.Failed,
        "skipped" => StepState.Skipped,
        _ => StepState.Waiting,
    };

    private static string? Detail(CycleStep step, PageContext reader)
    {
        if (step is { StartedAt: { } started, FinishedAt: { } finished })
        {
            return Durations.Text(TimeSpan.FromSeconds(finished - started));
        }

        string? count = step is { Done: { } done, Total: { } total }
            ? string.Create(CultureInfo.InvariantCulture, $"{done}/{total}") : null;
        string? left = step.RemainingSeconds is { } seconds
            ? reader.Say(CycleStrings.Left, Durations.Text(TimeSpan.FromSeconds(seconds))) : null;
        string text = string.Join(", ", new[] { count, left }.OfType<string>());
        return text.Length > 0 ? text : null;
    }
}
