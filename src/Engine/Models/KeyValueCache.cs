using System.Runtime.InteropServices;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Models;

/// <summary>Keys and values of one sequence in native memory, [block of tokens, layer, key | value, head, token, headSize].</summary>
/// <remarks>
/// In 16-bit integers the tokens of a head lie in blocks of 64 (<see cref="WordPanels"/>), and a place is that of a whole block.
/// The memory is reserved whole and taken by the system as tokens come. Blocks of up to 256 tokens lie outermost so that this stays so with
/// large pages: many streams read more of their caches than of the weights, and small pages held that up.
/// </remarks>
public sealed unsafe class KeyValueCache : ISequenceCache
{
    private const int BlockTokensMax = 4 * AttentionKernel.KeyBlock;

    private readonly int _layerCount;
    private readonly int _headCount;
    private readonly int _headSize;
    private readonly int _tokenFloats;
    private readonly NativeBuffer _memory;

    /// <summary>Reserves memory for <paramref name="capacity"/> tokens.</summary>
    /// <param name="config">Sizes of the model.</param>
    /// <param name="capacity">Tokens, from 1 up.</param>
    /// <param name="precision">Of the numbers.</param>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is below 1.</exception>
    public KeyValueCache(ModelConfig config, int capacity, CachePrecision precision = CachePrecision.Float32)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _layerCount = config.LayerCount;
        _headCount = config.KeyValueHeadCount;
        _headSize = config.HeadSize;
        _tokenFloats = TokenFloats(config, precision);
        Precision = precision;
        Capacity = capacity;
        BlockTokens = BlockTokensOf(capacity);
        _memory = new NativeBuffer(BytesOf(config, capacity, precision));
    }

    /// <inheritdoc/>
    public int Length { get; private set; }

    /// <inheritdoc/>
    public int Capacity { get; }

    /// <summary>Of the numbers.</summary>
    public CachePrecision Precision { get; }

    /// <summary>Bytes of a model's caches for so many tokens.</summary>
    /// <param name="config">Sizes of the model.</param>
    /// <param name="capacity">Tokens.</param>
    /// <param name="precision">Of the numbers.</param>
    public static long BytesOf(ModelConfig config, int capacity, CachePrecision precision = CachePrecision.Float32)
    {
        int block = BlockTokensOf(capacity);
        return ((long)capacity + block - 1) / block * block * 2 * config.LayerCount * config.KeyValueHeadCount * TokenFloats(config, precision) * sizeof(float);
    }

    /// <summary>Tokens of a block.</summary>
    internal int BlockTokens { get; }

    /// <summary>Floats, or four bytes each, from one token of a head to the next.</summary>
    internal int KeyStride => _tokenFloats;

    /// <summary>Floats from one head to the next within a block.</summary>
    internal long HeadFloats => (long)BlockTokens * _tokenFloats;

    /// <summary>Floats from one block of tokens to the next.</summary>
    internal long BlockFloats => HeadFloats * 2 * _headCount * _layerCount;

    /// <inheritdoc/>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        Length = length;
    }

    /// <inheritdoc/>
    public void CopyFrom(ISequenceCache other, int length)
    {
        if (other is not KeyValueCache from || !from.IsAs(this))
        {
            throw new ArgumentException("The other cache belongs to another model or backend; only one of the same can be copied.", nameof(other));
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, from.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Capacity);
        for (int token = 0, count; token < length; token += count)
        {
            count = Precision == CachePrecision.Int16 ? AttentionKernel.KeyBlock : Math.Min(AttentionKernel.KeyBlock, length - token);
            float* source = from.Memory + from.PlaceOf(token);
            float* target = Memory + PlaceOf(token);
            for (int i = 0; i < _layerCount * 2 * _headCount; i++)
            {
                NativeMemory.Copy(source + (i * from.HeadFloats), target + (i * HeadFloats), (nuint)((long)count * _tokenFloats * sizeof(float)));
            }
        }

        Length = length;
    }

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();

    /// <summary>Keys of head 0 of a layer in the first block, [tokens, headSize]; the other heads follow.</summary>
    internal float* Keys(int layer) => Memory + (layer * 2L * _headCount * HeadFloats);

    /// <summary>Values likewise.</summary>
    internal float* Values(int layer) => Memory + (((layer * 2L) + 1) * _headCount * HeadFloats);

    /// <summary>Floats from a layer's first key of head 0, or its first value, to those of a token; in integers of a token that begins a block of 64.</summary>
    internal long PlaceOf(int token) => (token / BlockTokens * BlockFloats) + ((long)(token % BlockTokens) * _tokenFloats);

    /// <summary>Whether it was made for a model of these sizes.</summary>
    internal bool Fits(ModelConfig config)
        => config.LayerCount == _layerCount && config.KeyValueHeadCount == _headCount && config.HeadSize == _headSize;

    private bool IsAs(KeyValueCache other)
        => other._layerCount == _layerCount && other._headCount == _headCount && other._headSize == _headSize && other.Precision == Precision;

    private static int TokenFloats(ModelConfig config, CachePrecision precision)
        => precision == CachePrecision.Int16 ? WordPanels.FloatsPerToken(config.HeadSize) : config.HeadSize;

    /// <summary>Counts tokens whose keys and values all layers have written.</summary>
    internal void Advance(int tokens) => Length += tokens;

    private static int BlockTokensOf(int capacity)
        => (int)Math.Min(BlockTokensMax, ((long)capacity + AttentionKernel.KeyBlock - 1) / AttentionKernel.KeyBlock * AttentionKernel.KeyBlock);

    private float* Memory => (float*)_memory.Pointer;
}
