namespace Ratchet.TrainerService;

/// <summary>Wakes everyone who waits for news of one kind. Take <see cref="Next"/> before looking, then await it.</summary>
public sealed class Signal
{
    private TaskCompletionSource _next = New();

    public Task Next => Volatile.Read(ref _next).Task;

    public void Set() => Interlocked.Exchange(ref _next, New()).TrySetResult();

    /// <summary>Waits for <paramref name="next"/>, but not longer than <paramref name="limit"/>.</summary>
    public static async Task WaitAsync(Task next, TimeSpan limit, CancellationToken cancellation)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await Task.WhenAny(next, Task.Delay(limit, ended.Token));
        await ended.CancelAsync();
        cancellation.ThrowIfCancellationRequested();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
