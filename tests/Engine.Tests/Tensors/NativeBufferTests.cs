using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Tests.Tensors;

/// <summary>Native memory, from the C library, from pages of its own, or from a slab that several share.</summary>
public unsafe class NativeBufferTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)]
    [InlineData(LargePages.LeastBytes - 1)]
    [InlineData(LargePages.LeastBytes)]
    [InlineData((3L * LargePages.LeastBytes) + 12_345)]
    public void Memory_is_zero_aligned_and_writable_to_its_end(long length)
    {
        foreach (Func<long, NativeBuffer> make in (Func<long, NativeBuffer>[])[l => new NativeBuffer(l), NativeBuffer.OfModel])
        {
            using NativeBuffer buffer = make(length);
            Assert.Equal(length, buffer.Length);
            Assert.Equal(0, (long)buffer.Pointer % 64);
            Span<byte> bytes = buffer.AsSpan<byte>(0, (int)length);
            Assert.Equal(-1, bytes.IndexOfAnyExcept((byte)0));
            bytes.Fill(7);
        }
    }

    [Fact]
    public void Buffers_of_a_model_do_not_overlap_and_may_go_in_any_order()
    {
        var random = new Random(1);
        NativeBuffer[] buffers = [.. Enumerable.Range(0, 60).Select(i => NativeBuffer.OfModel(random.Next(1_000_000)))];
        for (int i = 0; i < buffers.Length; i++)
        {
            buffers[i].AsSpan<byte>(0, (int)buffers[i].Length).Fill((byte)i);
        }

        int[] order = [.. Enumerable.Range(0, buffers.Length)];
        random.Shuffle(order);
        foreach (int i in order)
        {
            Assert.Equal(-1, buffers[i].AsSpan<byte>(0, (int)buffers[i].Length).IndexOfAnyExcept((byte)i));
            buffers[i].Dispose();
            Assert.Throws<ObjectDisposedException>(() => (long)buffers[i].Pointer);
        }

        // A slab that came back is not given out with what it held.
        using var again = NativeBuffer.OfModel(900_000);
        Assert.Equal(-1, again.AsSpan<byte>(0, 900_000).IndexOfAnyExcept((byte)0));
    }
}
