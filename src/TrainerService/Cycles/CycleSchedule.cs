using Microsoft.Extensions.Options;
using Quartz;
using Ratchet.Contracts.Rag;
using Ratchet.Contracts.Trainer;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.ServiceDefaults.Storage;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Cycles;

/// <summary>Starts cycles by the clock and by what has gathered (F110).</summary>
public sealed partial class CycleSchedule(
    CycleStore store, CycleStarter starter, IKnowledge knowledge, IOptions<TrainerOptions> options, TimeProvider clock,
    ILogger<CycleSchedule> logger) : BackgroundService
{
    private const string LastLook = "cron";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        CycleOptions cycles = options.Value.Cycles;
        if (cycles.Collections.Count == 0)
        {
            return;
        }

        using var timer = new PeriodicTimer(cycles.LookEvery, clock);
        try
        {
            do
            {
                try
                {
                    await LookAsync(stoppingToken);
                }
                catch (Exception e) when (e is HttpRequestException or ApiException || FullDisk.IsReason(e))
                {
                    LogSkipped(logger, e.Message);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // The service stops.
        }
    }

    /// <summary>Starts what is due now.</summary>
    internal async Task LookAsync(CancellationToken cancellation)
    {
        CycleOptions cycles = options.Value.Cycles;
        long now = clock.GetUtcNow().ToUnixTimeSeconds();
        if (!string.IsNullOrEmpty(cycles.Cron) && CronSchedule.Parse(cycles.Cron, out _) is { } cron && IsDue(cron, now))
        {
            // Written before the start: a kill in between skips one turn rather than running it twice.
            store.SetTime(LastLook, now);
            await StartAsync(cycles, "schedule", $"The schedule '{cycles.Cron}' was due.", cancellation);
            return;
        }

        if (cycles.ExamplesMin is null && cycles.TokensMin is null && cycles.AgeMin is null)
        {
            return;
        }

        KnowledgeStats stats = await knowledge.StatsAsync(cancellation);
        if (stats.ReadyToSeal > 0 && Threshold(cycles, stats, now) is { } reason)
        {
            await StartAsync(cycles, "threshold", reason, cancellation);
        }
    }

    // What fell due while the service was away is made up for once.
    private bool IsDue(CronExpression cron, long now)
    {
        if (store.LastTime(LastLook) is not { } last)
        {
            store.SetTime(LastLook, now);
            return false;
        }

        return cron.GetNextValidTimeAfter(DateTimeOffset.FromUnixTimeSeconds(last)) is { } next
            && next.ToUnixTimeSeconds() <= now;
    }

    private static string? Threshold(CycleOptions cycles, KnowledgeStats stats, long now)
    {
        if (stats.ReadyToSeal >= cycles.ExamplesMin)
        {
            return $"{stats.ReadyToSeal} approved examples wait; {cycles.ExamplesMin} start a cycle.";
        }

        if (stats.ReadyTokens >= cycles.TokensMin)
        {
            return $"{stats.ReadyTokens} tokens of approved examples wait; {cycles.TokensMin} start a cycle.";
        }

        return cycles.AgeMin is { } age && stats.OldestReadyAt is { } oldest && now - oldest >= age.TotalSeconds
            ? $"The oldest approved example has waited {TimeSpan.FromSeconds(now - oldest)}; {age} start a cycle."
            : null;
    }

    private async Task StartAsync(CycleOptions cycles, string trigger, string reason, CancellationToken cancellation)
    {
        foreach (string collection in cycles.Collections)
        {
            try
            {
                await starter.StartAsync(new StartCycleRequest { Collection = collection, Reason = reason }, trigger, cancellation);
            }
            catch (ApiException e) when (e.Code is "cycle_running" or "lock_away")
            {
                LogSkipped(logger, e.Message);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "No cycle was started: {Reason}")]
    private static partial void LogSkipped(ILogger logger, string reason);
}
