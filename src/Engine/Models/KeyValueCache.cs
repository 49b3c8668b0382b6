using System.Runtime.InteropServices;

namespace Ratchet.Engine.Models;

/// <summary>Keys and values of one sequence in native memory, [layer, key | value, head, capacity, headSize].</summary>
/// <remarks>The memory is reserved whole and taken by the system page by page as tokens come.</remarks>
public sealed unsafe class KeyValueCache : ISequenceCache
{
    private readonly int _layerCount;
    private readonly int _headCount;
    private readonly int _headSize;
    private float* _memory;

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
        _memory = (float*)NativeMemory.AllocZeroed((nuint)(HeadFloats * 2 * _headCount * _layerCount), sizeof(float));
    }

    /// <summary>Frees memory that nobody disposed of.</summary>
    ~KeyValueCache() => Free();

    /// <inheritdoc/>
    public int Length { get; private set; }

    /// <inheritdoc/>
    public int Capacity { get; }

    /// <summary>Bytes of one token in a model's caches.</summary>
    /// <param name="config">Sizes of the model.</param>
    public static long BytesPerToken(ModelConfig config) => 2L * config.LayerCount * config.KeyValueSize * sizeof(float);

    /// <summary>Floats from one head to the next.</summary>
    internal long HeadFloats => (long)Capacity * _headSize;

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
        for (int i = 0; i < _layerCount * 2 * _headCount; i++)
        {
            NativeMemory.Copy(from.Memory + (i * from.HeadFloats), Memory + (i * HeadFloats), (nuint)((long)length * _headSize * sizeof(float)));
        }

        Length = length;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    /// <summary>Keys of head 0 of a layer, [capacity, headSize]; the other heads follow.</summary>
    internal float* Keys(int layer) => Memory + (layer * 2L * _headCount * HeadFloats);

    /// <summary>Values likewise.</summary>
    internal float* Values(int layer) => Memory + (((layer * 2L) + 1) * _headCount * HeadFloats);

    /// <summary>Whether it was made for a model of these sizes.</summary>
    internal bool Fits(ModelConfig config)
        => config.LayerCount == _layerCount && config.KeyValueHeadCount == _headCount && config.HeadSize == _headSize;

    /// <summary>Counts tokens whose keys and values all layers have written.</summary>
    internal void Advance(int tokens) => Length += tokens;

    private float* Memory
    {
        get
        {
            ObjectDisposedException.ThrowIf(_memory == null, this);
            return _memory;
        }
    }

    private void Free()
    {
        float* memory = _memory;
        _memory = null;
        NativeMemory.Free(memory);
    }
}
