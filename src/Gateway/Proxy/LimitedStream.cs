using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.Gateway.Proxy;

/// <summary>Passes a request's body through and stops where it grows over its limit.</summary>
public sealed class LimitedStream(Stream inner, long bytesMax) : Stream
{
    private long _total;

    /// <summary>Set once the body has proved too long: the sender of the copy hides the exception, this does not.</summary>
    public ApiException? Refusal { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _total;
        set => throw new NotSupportedException();
    }

    public static ApiException TooLarge(long bytesMax) => new(
        413, "request_too_large",
        $"The body is larger than {bytesMax:N0} bytes, the limit of this route. Send it in parts, or raise the limit in the "
        + "section Gateway of the configuration.");

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = await inner.ReadAsync(buffer, cancellationToken);
        _total += read;
        if (_total > bytesMax)
        {
            Refusal = TooLarge(bytesMax);
            throw Refusal;
        }

        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException("A request's body is read asynchronously.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
