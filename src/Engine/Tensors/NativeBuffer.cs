using System.Runtime.InteropServices;

namespace Ratchet.Engine.Tensors;

/// <summary>Zeroed memory outside the managed heap, aligned to 64 bytes (a cache line, and one 512-bit vector).</summary>
public sealed unsafe class NativeBuffer : IDisposable
{
    private const int Alignment = 64;

    [ThreadStatic]
    private static long _allocatedBytesOfThread;

    // Memory of the C library; null where the buffer has pages or a part of a slab.
    private readonly void* _block;
    private readonly MemorySlab? _slab;
    private byte* _pointer;

    /// <summary>Allocates <paramref name="length"/> bytes, all zero.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    /// <exception cref="OutOfMemoryException">The system has no such block of memory left.</exception>
    public NativeBuffer(long length)
        : this(length, isPartOfModel: false)
    {
    }

    private NativeBuffer(long length, bool isPartOfModel)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
        if (length >= LargePages.LeastBytes)
        {
            _pointer = LargePages.TryMap(length);
        }
        else if (isPartOfModel)
        {
            _slab = MemorySlab.TryTake(length, out _pointer);
        }

        // Large blocks come from the system as zeros already: nothing is written twice, and pages that nobody touches are never taken.
        if (_pointer == null)
        {
            _block = NativeMemory.AllocZeroed(checked((nuint)length + Alignment));
            _pointer = (byte*)(((nuint)_block + Alignment - 1) & ~(nuint)(Alignment - 1));
        }

        GC.AddMemoryPressure(Math.Max(length, 1));
        _allocatedBytesOfThread += length;
    }

    /// <summary>Frees memory that nobody disposed of.</summary>
    ~NativeBuffer() => Free();

    /// <summary>As the constructor, beside the other small buffers of a model: they live and go together.</summary>
    internal static NativeBuffer OfModel(long length) => new(length, isPartOfModel: true);

    /// <summary>Bytes that this thread has ever allocated: beside the managed heap's own count, for tests of how much a file can make a reader take.</summary>
    internal static long AllocatedBytesOfThread => _allocatedBytesOfThread;

    /// <summary>Bytes.</summary>
    public long Length { get; }

    /// <summary>The first byte.</summary>
    /// <exception cref="ObjectDisposedException">The buffer was disposed of.</exception>
    public byte* Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(_pointer == null, this);
            return _pointer;
        }
    }

    /// <summary>A part of the buffer as numbers of type <typeparamref name="T"/>.</summary>
    /// <param name="offset">First byte.</param>
    /// <param name="count">Elements, not bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The part does not lie inside the buffer.</exception>
    public Span<T> AsSpan<T>(long offset, int count)
        where T : unmanaged
    {
        if (offset < 0 || count < 0 || offset + ((long)count * sizeof(T)) > Length)
        {
            throw new ArgumentOutOfRangeException(
                nameof(offset), $"{count} x {sizeof(T)} bytes at {offset} do not lie inside {Length} bytes.");
        }

        return new Span<T>(Pointer + offset, count);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        byte* pointer = _pointer;
        if (pointer != null)
        {
            _pointer = null;
            if (_block != null)
            {
                NativeMemory.Free(_block);
            }
            else if (_slab != null)
            {
                _slab.Give();
            }
            else
            {
                LargePages.Free(pointer, Length);
            }

            GC.RemoveMemoryPressure(Math.Max(Length, 1));
        }
    }
}
