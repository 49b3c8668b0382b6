using System.Diagnostics;
using Ratchet.Contracts.Rag;
using Ratchet.Contracts.Trainer;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.ServiceDefaults.Locks;
using Ratchet.ServiceDefaults.Storage;
using Ratchet.TrainerService.Telemetry;

namespace Ratchet.TrainerService.Cycles;

/// <summary>Walks cycles from step to step (F13). Each step is idempotent and its end is on the disk before the next begins.</summary>
public sealed partial class CycleRunner(
    CycleStore store, IEnumerable<ICycleStep> steps, IDistributedLock locks, TimeProvider clock, ILogger<CycleRunner> logger)
    : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AwayPause = TimeSpan.FromSeconds(3);

    /// <summary>The steps in their order.</summary>
    internal static IReadOnlyList<string> StepNames { get; } =
        ["seal", "file", "contexts", "train", "evaluate", "gate", "load", "promote"];

    private readonly Dictionary<string, ICycleStep> _steps = steps.ToDictionary(step => step.Name);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                Task news = store.Changed.Next;
                bool walked = false;
                foreach (CycleState cycle in store.Running())
                {
                    walked = await LockAndWalkAsync(cycle, stoppingToken);
                    if (walked)
                    {
                        break;
                    }
                }

                if (!walked)
                {
                    await Signal.WaitAsync(news, Look, stoppingToken);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    // One trainer at a time walks a collection's cycles; one whose lock cannot be had now waits.
    private async Task<bool> LockAndWalkAsync(CycleState cycle, CancellationToken stopping)
    {
        string name = CycleStarter.LockOf(cycle.View.Collection);
        try
        {
            await using HeldLock? held = await locks.TryTakeAsync(name, stopping);
            if (held is null)
            {
                return false;
            }

            using var walking = CancellationTokenSource.CreateLinkedTokenSource(stopping, held.Lost);
            await WalkAsync(cycle.Id, new Fence(name, held.Token), walking.Token);
            return true;
        }
        catch (LockAwayException away)
        {
            LogNotNow(logger, cycle.Id, away.Message);
        }
        catch (LockLostException lost)
        {
            LogNotNow(logger, cycle.Id, lost.Message);
        }
        catch (Exception full) when (FullDisk.IsReason(full))
        {
            LogNotNow(logger, cycle.Id, full.Message);
        }

        return false;
    }

    private async Task WalkAsync(string id, Fence fence, CancellationToken stopping)
    {
        using var halt = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        Task watch = WatchAsync(id, halt, ended.Token);
        try
        {
            while (store.Get(id) is { View.Status: CycleStatuses.Running } state && NextStep(state) is { } step)
            {
                await TakeAsync(id, step, fence, halt.Token);
            }
        }
        catch (OperationCanceledException) when (halt.IsCancellationRequested)
        {
            // Paused, cancelled, or the service stops: the step is taken again when the cycle goes on.
        }
        finally
        {
            await ended.CancelAsync();
            await watch.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task WatchAsync(string id, CancellationTokenSource halt, CancellationToken cancellation)
    {
        while (true)
        {
            Task news = store.Changed.Next;
            if (store.Get(id).View.Status is CycleStatuses.Paused or CycleStatuses.Cancelled)
            {
                await halt.CancelAsync();
                return;
            }

            await Signal.WaitAsync(news, Look, cancellation);
        }
    }

    private static string? NextStep(CycleState state) =>
        state.View.Steps.FirstOrDefault(step => step.Status is not ("done" or "skipped"))?.Name;

    private async Task TakeAsync(string id, string name, Fence fence, CancellationToken cancellation)
    {
        var progress = new CycleProgress(store, id, name, clock, fence);
        progress.Begin();
        using Activity? span = TrainerTelemetry.Source.StartActivity($"cycle {name}");
        span?.SetTag("ratchet.cycle", id);
        try
        {
            CycleStepResult outcome = await _steps[name].RunAsync(store.Get(id), progress, cancellation);
            progress.End(outcome);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            throw;
        }
        catch (LockLostException)
        {
            throw;
        }
        catch (Exception e) when (FullDisk.IsReason(e))
        {
            throw;
        }
        catch (Exception e) when (IsAway(e))
        {
            // Another service is away: nothing is wrong with the cycle, so it waits.
            span?.SetStatus(ActivityStatusCode.Error, e.Message);
            LogWaiting(logger, id, name, e.Message);
            progress.Say($"Waiting: {e.Message}");
            await Task.Delay(AwayPause, clock, cancellation);
        }
        catch (Exception e)
        {
            span?.SetStatus(ActivityStatusCode.Error, e.Message);
            LogFailed(logger, e, id, name);
            progress.Fail(e switch
            {
                ApiException api => new CycleError(api.Code, api.Message, name),
                RagRequestException rag => new CycleError(rag.Code ?? "rag_refused", rag.Message, name),
                CycleStepException step => new CycleError(step.Code, step.Message, name),
                _ => new CycleError("internal_error", e.Message, name),
            });
        }
    }

    private static bool IsAway(Exception e) => e switch
    {
        RagRequestException rag => rag.Status >= 500,
        HttpRequestException or TaskCanceledException => true,
        ApiException api => api.Status is 502 or 503,
        _ => false,
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "The cycle {Cycle} does not go on here now: {Reason}")]
    private static partial void LogNotNow(ILogger logger, string cycle, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The cycle {Cycle} waits at {Step}: {Reason}")]
    private static partial void LogWaiting(ILogger logger, string cycle, string step, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The cycle {Cycle} failed at {Step}")]
    private static partial void LogFailed(ILogger logger, Exception exception, string cycle, string step);
}
