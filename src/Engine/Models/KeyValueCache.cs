using System.Runtime.InteropServices;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Models;

/// <summary>Keys and values of one sequence in native memory, [block of tokens, layer, key | value, head, token, headSize].</summary>
/// <remarks>
/// The memory is reserved whole and taken by the system as tokens come. Blocks of up to 256 tokens lie outermost so that this stays so with
/// large pages: many streams read more of their caches than of the weights, and small pages held that up.
/// </remarks>
public sealed unsafe class KeyValueCache : ISequenceCache
{
    private const int BlockTokensMax = 4 * AttentionKernel.KeyBlock;

    private readonly int _layerCount;
    private readonly int _headCount;
    private readonly int _headSize;
    private readonly NativeBuffer _memory;

    /// <summary>Reserves memory for <paramref name="capacity"/> tokens.</summary>
    /// <param name="config">Sizes of the model.</param>
    /// <param name="capacity">Tokens, from 1 up.</param>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is below 1.</exception>
    public KeyValueCache(ModelConfig config, int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _layerCount = config.LayerCount;
        _headCount = config.KeyValueHeadCount;
        _headSize = config.HeadSize;
        Capacity = capacity;
        BlockTokens = BlockTokensOf(capacity);
        _memory = new NativeBuffer(BytesOf(config, capacity));
    }

    /// <inheritdoc/>
    public int Length { get; private set; }

    /// <inheritdoc/>
    public int Capacity { get; }

    /// <summary>Bytes of a model's caches for so many tokens.</summary>
    /// <param name="config">Sizes of the model.</param>
    /// <param name="capacity">Tokens.</param>
    public static long BytesOf(ModelConfig config, int capacity)
    {
        int block = BlockTokensOf(capacity);
        return ((long)capacity + block - 1) / block * block * 2 * config.LayerCount * config.KeyValueSize * sizeof(float);
    }

    /// <summary>Tokens of a block.</summary>
    internal int BlockTokens { get; }

    /// <summary>Floats from one head to the next within a block.</summary>
    internal long HeadFloats => (long)BlockTokens * _headSize;

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
        if (other is not KeyValueCache from || from._layerCount != _layerCount || from._headCount != _headCount || from._headSize != _headSize)
        {
            throw new ArgumentException("The other cache belongs to another model or backend; only one of the same can be copied.", nameof(other));
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, from.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Capacity);
        for (int token = 0, count; token < length; token += count)
        {
            count = Math.Min(AttentionKernel.KeyBlock, length - token);
            float* source = from.Memory + from.PlaceOf(token);
            float* target = Memory + PlaceOf(token);
            for (int i = 0; i < _layerCount * 2 * _headCount; i++)
            {
                NativeMemory.Copy(source + (i * from.HeadFloats), target + (i * HeadFloats), (nuint)((long)count * _headSize * sizeof(float)));
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

    /// <summary>Floats from a layer's first key of head 0, or its first value, to those of a token.</summary>
    internal long PlaceOf(int token) => (token / BlockTokens * BlockFloats) + ((long)(token % BlockTokens) * _headSize);

    /// <summary>Whether it was made for a model of these sizes.</summary>
    internal bool Fits(ModelConfig config)
        => config.LayerCount == _layerCount && config.KeyValueHeadCount == _headCount && config.HeadSize == _headSize;

    /// <summary>Counts tokens whose keys and values all layers have written.</summary>
    internal void Advance(int tokens) => Length += tokens;

    private static int BlockTokensOf(int capacity)
        => (int)Math.Min(BlockTokensMax, ((long)capacity + AttentionKernel.KeyBlock - 1) / AttentionKernel.KeyBlock * AttentionKernel.KeyBlock);

    private float* Memory => (float*)_memory.Pointer;
}
