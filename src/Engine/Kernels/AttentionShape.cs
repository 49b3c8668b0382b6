namespace Ratchet.Engine.Kernels;

/// <summary>Sizes that all segments of an attention pass share.</summary>
/// <param name="HeadCount">Query heads.</param>
/// <param name="KeyValueHeadCount">Key and value heads; divides HeadCount. Query head h reads head h / (HeadCount / KeyValueHeadCount).</param>
/// <param name="HeadSize">Numbers a head.</param>
/// <param name="IsCausal">Whether a query sees only keys up to its own place.</param>
public readonly record struct AttentionShape(int HeadCount, int KeyValueHeadCount, int HeadSize, bool IsCausal)
{
    /// <summary>Query heads that read the same keys.</summary>
    public int GroupSize => HeadCount / KeyValueHeadCount;

    /// <summary>Floats a row of queries.</summary>
    public int QueryStride => HeadCount * HeadSize;

    /// <summary>The factor on scores; one over the root of the head's size unless the model has its own.</summary>
    public float Scale { get; init; } = 1f / MathF.Sqrt(HeadSize);

    /// <summary>Scores s become cap · tanh(s / cap) before the softmax (Gemma 2); 0 where they stay as they are.</summary>
    public float Cap { get; init; }

    /// <summary>Keys that a query sees at most, its own among them (sliding window); 0 for all before it.</summary>
    public int Window { get; init; }
}
