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

    /// <summary>The factor on scores, one over the root of the head's size.</summary>
    public float Scale => 1f / MathF.Sqrt(HeadSize);
}
