namespace Ratchet.Datasets;

/// <summary>A stream whose beginning can be looked at before it is read; it ends with the read that passes a limit and leaves the inner one open.</summary>
internal sealed class PrefixedStream : Stream
{
    private readonly Stream _inner;
    private readonly byte[] _prefix;
    private readonly int _prefixLength;
    private readonly long _bytesMax;
    private int _given;

    public PrefixedStream(Stream inner, int prefixBytes, long bytesMax)
    {
        _bytesMax = bytesMax;
        _inner = inner;
        _prefix = new byte[prefixBytes];
        _prefixLength = inner.ReadAtLeast(_prefix, prefixBytes, throwOnEndOfStream: false);
    }

    public ReadOnlySpan<byte> Prefix => _prefix.AsSpan(0, _prefixLength);

    public bool IsUtf16 => Prefix is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..];

    public long BytesRead { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => BytesRead;
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        if (BytesRead > _bytesMax)
        {
            return 0;
        }

        int read;
        if (_given < _prefixLength)
        {
            read = Math.Min(buffer.Length, _prefixLength - _given);
            _prefix.AsSpan(_given, read).CopyTo(buffer);
            _given += read;
        }
        else
        {
            read = _inner.Read(buffer);
        }

        BytesRead += read;
        return read;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
