namespace Ratchet.Engine.Kernels;

/// <summary>Queries of one sequence and the keys that they may see. Several of them make one pass.</summary>
/// <remarks>
/// Causal: query i of <see cref="QueryCount"/> sees keys 0 to KeyCount - QueryCount + i, so the queries are the last ones of the sequence.
/// Keys and values may lie in a packed row of the pass or in a cache; the strides tell which.
/// </remarks>
public unsafe struct AttentionSegment
{
    /// <summary>First query [queries, heads, headSize].</summary>
    public float* Query { get; set; }

    /// <summary>First key of key/value head 0.</summary>
    public float* Key { get; set; }

    /// <summary>First value of key/value head 0.</summary>
    public float* Value { get; set; }

    /// <summary>Output of the first query [queries, heads, headSize].</summary>
    public float* Output { get; set; }

    /// <summary>log Σ exp of the scores [queries, heads], kept for the backward pass; null where none follows.</summary>
    public float* LogSum { get; set; }

    /// <summary>Queries.</summary>
    public int QueryCount { get; set; }

    /// <summary>Keys.</summary>
    public int KeyCount { get; set; }

    /// <summary>Floats from one key to the next of the same head.</summary>
    public int KeyStride { get; set; }

    /// <summary>Floats from a key of one head to that of the next head.</summary>
    public long KeyHeadStride { get; set; }

    /// <summary>Keys after which a gap follows, a multiple of <see cref="AttentionKernel.KeyBlock"/>; 0 where all follow each other at KeyStride.</summary>
    public int KeysTogether { get; set; }

    /// <summary>Floats from one gap to the next.</summary>
    public long TogetherStride { get; set; }

    /// <summary>Whether keys and values are <see cref="WordPanels"/>: places and strides still count four bytes, of whole blocks of 64 keys.</summary>
    public bool AreIntegers { get; set; }

    /// <summary>Keys of the queries' own tokens [queries, keyValueHeads, headSize], which attention puts among the integers first; null where they are there.</summary>
    public float* NewKey { get; set; }

    /// <summary>Values likewise.</summary>
    public float* NewValue { get; set; }

    /// <summary>Floats from the first key of a head to another that begins a block.</summary>
    internal readonly long PlaceOf(int key)
        => KeysTogether == 0 ? (long)key * KeyStride : (key / KeysTogether * TogetherStride) + ((long)(key % KeysTogether) * KeyStride);

    /// <summary>Set by the kernel: how many blocks of queries stand in the segments before.</summary>
    internal int FirstBlock { get; set; }
}
