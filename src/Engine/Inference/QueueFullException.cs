namespace Ratchet.Engine.Inference;

/// <summary>More answers wait than the queue takes.</summary>
/// <param name="queued">Answers that wait now.</param>
/// <param name="retryAfter">When a place is likely to be free.</param>
public sealed class QueueFullException(int queued, TimeSpan retryAfter) : Exception(
    $"{queued} requests wait already, and the queue takes no more. Try again in {retryAfter.TotalSeconds:0} s.")
{
    /// <summary>When a place is likely to be free.</summary>
    public TimeSpan RetryAfter { get; } = retryAfter;
}
