using Microsoft.Extensions.Options;
using Ratchet.Contracts.Trainer;
using Ratchet.TrainerService.Ports;
using Ratchet.TrainerService.Registry;

namespace Ratchet.TrainerService.Cycles;

/// <summary>Keeps loaded what aliases hold, what a rollback would bring back and the newest generations; unloads the rest.</summary>
public sealed partial class ServedAdapters(
    AdapterStore adapters, AliasStore aliases, IAdapterServer server, IBaseModel model, IOptions<TrainerOptions> options,
    ILogger<ServedAdapters> logger) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(20);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        bool away = false;
        try
        {
            while (true)
            {
                Task news = Task.WhenAny(adapters.Changed.Next, aliases.Changed.Next);
                try
                {
                    await ReconcileAsync(stoppingToken);
                    away = false;
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    if (!away)
                    {
                        LogAway(logger, e.Message);
                    }

                    away = true;
                }

                await Signal.WaitAsync(news, Look, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The service stops.
        }
    }

    /// <summary>Loads what is missing, then unloads what nobody wants.</summary>
    internal async Task ReconcileAsync(CancellationToken cancellation)
    {
        List<AdapterRecord> usable = [.. adapters.List().Where(a => a.BaseSha256 == model.Info.Sha256)];
        IReadOnlySet<string> held = aliases.Wanted();
        HashSet<string> wanted = [.. usable.Where(a => held.Contains(a.Id)).Select(a => a.Id)];
        HashSet<string> kept =
            [.. wanted, .. usable.Where(a => a.CheckpointStep is null).Take(options.Value.AdaptersKept).Select(a => a.Id)];
        IReadOnlyList<ServedAdapter> loaded = await server.ListAsync(cancellation);
        HashSet<string> everywhere = [.. loaded.Where(a => a.IsEverywhere).Select(a => a.Id)];
        foreach (AdapterRecord adapter in usable.Where(a => kept.Contains(a.Id) && !everywhere.Contains(a.Id)))
        {
            await server.LoadAsync(adapter.Id, adapter.Path, cancellation);
        }

        // Only what this registry made (or deleted) is its to unload.
        foreach (string id in loaded.Select(a => a.Id).Where(id => id.StartsWith("ft:", StringComparison.Ordinal) && !kept.Contains(id)))
        {
            await server.UnloadAsync(id, cancellation);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Adapters for serving wait: {Reason}")]
    private static partial void LogAway(ILogger logger, string reason);
}
