using System.Text.Json;
using Ratchet.Contracts;
using Ratchet.Contracts.Trainer;
using Ratchet.ServiceDefaults.Events;
using Ratchet.ServiceDefaults.Storage;

namespace Ratchet.Gateway.Aliases;

/// <summary>Keeps the alias table as the trainer has it: the whole of it at start, then by events.</summary>
public sealed partial class AliasRefresh(
    AliasTable table, IServiceScopeFactory scopes, TimeProvider clock, ILogger<AliasRefresh> logger) : BackgroundService
{
    private static readonly string[] MovingEvents = ["adapter.promoted", "adapter.rolled_back"];
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    /// <summary>Asks the trainer for all aliases.</summary>
    public async Task FetchAsync(CancellationToken cancellation)
    {
        await using AsyncServiceScope scope = scopes.CreateAsyncScope();
        TrainerClient trainer = scope.ServiceProvider.GetRequiredService<TrainerClient>();
        table.Apply((await trainer.ListAliasesAsync(cancellation)).Data);
    }

    /// <summary>Handles one event of the trainer's.</summary>
    public async Task HandleAsync(EventRecord record, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(record);
        if (!MovingEvents.Contains(record.Type))
        {
            return;
        }

        if (TryRead(record.Data) is { Alias: { } name, Adapter: { } adapter, Version: { } version })
        {
            table.Apply(new AliasRecord
            {
                Name = name,
                Adapter = adapter,
                Version = version,
                UpdatedAt = clock.GetUtcNow().ToUnixTimeSeconds(),
            });
        }
        else
        {
            await FetchAsync(cancellation);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await FetchAsync(stoppingToken);
                return;
            }
            catch (Exception failure) when (failure is HttpRequestException or TrainerException or JsonException or TaskCanceledException || FullDisk.IsReason(failure))
            {
                LogAway(logger, failure.Message);
            }

            await Task.Delay(Pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static Move? TryRead(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<Move>(json, WireJson.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed record Move(string? Alias, string? Adapter, long? Version);

    [LoggerMessage(Level = LogLevel.Information, Message = "The trainer cannot be asked for its aliases yet ({Reason}); the last table serves")]
    private static partial void LogAway(ILogger logger, string reason);
}
