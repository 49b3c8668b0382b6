using System.Diagnostics;
using Ratchet.Contracts.Trainer;

namespace Ratchet.TrainerService.Cycles;

/// <summary>Tells how far a step of a cycle is.</summary>
public sealed class CycleProgress(CycleStore store, string cycle, string step, TimeProvider clock, Fence? fence = null)
{
    private static readonly TimeSpan Often = TimeSpan.FromMilliseconds(500);

    private readonly Stopwatch _sinceTold = new();
    private readonly long _started = clock.GetTimestamp();
    private long _doneAtStart = -1;

    internal void Begin() => Change(view => view with { Step = step }, s => s with
    {
        Status = "running",
        StartedAt = s.StartedAt ?? Now(),
        Message = null,
    });

    internal void End(CycleStepResult outcome) => store.Update(cycle, state =>
    {
        if (state.View.Status != CycleStatuses.Running)
        {
            return null;
        }

        CycleState changed = outcome.Change?.Invoke(state) ?? state;
        List<CycleStep> steps = [.. changed.View.Steps];
        int index = steps.FindIndex(s => s.Name == step);
        steps[index] = steps[index] with
        {
            Status = "done",
            FinishedAt = Now(),
            Message = outcome.Message,
            RemainingSeconds = null,
        };
        bool ends = outcome.Ends is not null || index == steps.Count - 1;
        for (int i = index + 1; ends && i < steps.Count; i++)
        {
            steps[i] = steps[i] with { Status = "skipped" };
        }

        return changed with
        {
            View = changed.View with
            {
                Steps = steps,
                Status = outcome.Ends ?? (ends ? CycleStatuses.Promoted : changed.View.Status),
                FinishedAt = ends ? Now() : null,
            },
        };
    }, fence);

    internal void Fail(CycleError error) => Change(
        view => view with { Status = CycleStatuses.Failed, FinishedAt = Now(), Error = error },
        s => s with { Status = "failed", FinishedAt = Now(), Message = error.Message, RemainingSeconds = null });

    internal void Say(string message) => Change(view => view, s => s with { Message = message });

    /// <summary>Counts; told at most twice a second.</summary>
    /// <param name="remaining">Where it is null, the speed so far says it.</param>
    public void Report(long done, long total, TimeSpan? remaining = null, string? message = null)
    {
        if (_doneAtStart < 0)
        {
            _doneAtStart = done;
        }

        if (_sinceTold.IsRunning && _sinceTold.Elapsed < Often && done < total)
        {
            return;
        }

        _sinceTold.Restart();
        long fresh = done - _doneAtStart;
        double? seconds = remaining?.TotalSeconds
            ?? (fresh > 0 ? clock.GetElapsedTime(_started).TotalSeconds / fresh * (total - done) : null);
        Change(
            view => view,
            s => s with { Done = done, Total = total, RemainingSeconds = seconds, Message = message ?? s.Message });
    }

    private void Change(Func<CycleRecord, CycleRecord> view, Func<CycleStep, CycleStep> change) => store.Update(
        cycle,
        state => state.View.Status != CycleStatuses.Running ? null : state with
        {
            View = view(state.View) with
            {
                Steps = [.. state.View.Steps.Select(s => s.Name == step ? change(s) : s)],
            },
        },
        fence);

    private long Now() => clock.GetUtcNow().ToUnixTimeSeconds();
}
