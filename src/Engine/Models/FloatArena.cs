using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Models;

/// <summary>Working memory of a pass from one block: sizes are added up first, then the block is allocated once.</summary>
internal sealed unsafe class FloatArena : IDisposable
{
    private const long Alignment = 16;

    private NativeBuffer? _buffer;
    private long _reserved;

    /// <summary>Bytes reserved so far.</summary>
    public long ByteLength => _reserved * sizeof(float);

    /// <summary>Reserves numbers; returns the place to give to <see cref="At"/>.</summary>
    public long Reserve(long count)
    {
        if (_buffer != null)
        {
            throw new InvalidOperationException("The arena is allocated; reserve before the first use.");
        }

        long at = _reserved;
        _reserved += (count + Alignment - 1) / Alignment * Alignment;
        return at;
    }

    /// <summary>Memory of a reservation, zero at first.</summary>
    public float* At(long place)
    {
        _buffer ??= new NativeBuffer(_reserved * sizeof(float));
        return (float*)_buffer.Pointer + place;
    }

    /// <inheritdoc/>
    public void Dispose() => _buffer?.Dispose();
}
