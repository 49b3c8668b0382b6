namespace Ratchet.Engine.Tensors;

/// <summary>16 MiB that small buffers of long life share, so that they lie in large pages together: the weights of a model.</summary>
/// <remarks>Buffers are cut off one after the other and never given out again; the slab goes when its last buffer does.</remarks>
internal sealed unsafe class MemorySlab
{
    private const long Bytes = 16 << 20;
    private const long Alignment = 64;

    private static readonly Lock Gate = new();
    private static MemorySlab? _open;

    private readonly byte* _first;
    private long _used;
    private int _buffers;

    private MemorySlab(byte* first) => _first = first;

    /// <summary>Cuts a zeroed buffer off.</summary>
    /// <param name="length">Bytes.</param>
    /// <param name="first">Its first byte.</param>
    /// <returns>Whom to call when it is not needed any more; null where there are no large pages or the buffer is too large to share them.</returns>
    public static MemorySlab? TryTake(long length, out byte* first)
    {
        first = null;
        if (length >= LargePages.LeastBytes)
        {
            return null;
        }

        lock (Gate)
        {
            if (_open is null || _open._used + length > Bytes)
            {
                byte* memory = LargePages.TryMap(Bytes);
                if (memory == null)
                {
                    return null;
                }

                _open = new MemorySlab(memory);
            }

            first = _open._first + _open._used;
            _open._used += (length + Alignment - 1) / Alignment * Alignment;
            _open._buffers++;
            return _open;
        }
    }

    /// <summary>A buffer of this slab is not needed any more.</summary>
    public void Give()
    {
        lock (Gate)
        {
            if (--_buffers == 0)
            {
                LargePages.Free(_first, Bytes);
                _open = ReferenceEquals(_open, this) ? null : _open;
            }
        }
    }
}
