using Microsoft.Extensions.Options;

namespace Ratchet.TrainerService;

/// <summary>How many workers may run at once; training and evaluation take turns.</summary>
public sealed class WorkerSlots(IOptions<TrainerOptions> options) : IDisposable
{
    private readonly SemaphoreSlim _free = new(options.Value.ParallelJobs);

    /// <summary>Waits for a slot; dispose of it to give it back.</summary>
    public async Task<IDisposable> TakeAsync(CancellationToken cancellation)
    {
        await _free.WaitAsync(cancellation);
        return new Slot(_free);
    }

    public void Dispose() => _free.Dispose();

    private sealed class Slot(SemaphoreSlim free) : IDisposable
    {
        private SemaphoreSlim? _free = free;

        public void Dispose() => Interlocked.Exchange(ref _free, null)?.Release();
    }
}
