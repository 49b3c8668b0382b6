using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Ratchet.RagService.Documents;

/// <summary>Whether the index holds everything that the database says is indexed; until then the service is not ready.</summary>
internal sealed class IndexState : IHealthCheck
{
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the index is filled; searches wait for it rather than answer from half an index.</summary>
    public Task Ready => _ready.Task;

    public void MarkReady() => _ready.TrySetResult();

    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_ready.Task.IsCompletedSuccessfully
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy("The index is being filled from the database."));
}
