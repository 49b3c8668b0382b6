using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Ratchet.RagService.Documents;
using Ratchet.RagService.Ports;

namespace Ratchet.RagService.Infrastructure.Qdrant;

/// <summary>Brings the vector store to what the database holds: at the start, and whenever it was away.</summary>
internal sealed partial class VectorCatchUp(
    CatchingUpVectorStore store, StoredVectors stored, IndexState index, IOptions<QdrantOptions> options, TimeProvider clock,
    ILogger<VectorCatchUp> logger) : BackgroundService, IHealthCheck
{
    /// <summary>Documents are taken and found by words without the store: the service is not ill, it is less than it could be.</summary>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(store.Fault is not { } fault
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Degraded($"{fault.Message} Documents are taken meanwhile, and questions are searched for by words."));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        string? told = null;
        try
        {
            await index.Ready.WaitAsync(stoppingToken);
            while (true)
            {
                if (store.IsBehind)
                {
                    told = await CatchUpAsync(told, stoppingToken);
                }

                await Task.Delay(options.Value.RetryEvery, clock, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The service stops; what is missing is made good at the next start.
        }
    }

    private async Task<string?> CatchUpAsync(string? told, CancellationToken cancellation)
    {
        try
        {
            await store.SynchronizeAsync(stored.Read(), cancellation);
            LogCaughtUp(logger);
            return null;
        }
        catch (VectorStoreException fault)
        {
            // Said once, not with every try.
            if (fault.Message != told)
            {
                LogBehind(logger, fault.Message);
            }

            return fault.Message;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The vector store holds what the database holds")]
    private static partial void LogCaughtUp(ILogger logger);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Reason} Documents are taken meanwhile, and questions are searched for by words")]
    private static partial void LogBehind(ILogger logger, string reason);
}
