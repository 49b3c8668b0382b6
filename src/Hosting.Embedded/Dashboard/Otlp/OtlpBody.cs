using System.Buffers;
using System.IO.Compression;

namespace Aspire.Hosting.Dashboard.Otlp;

/// <summary>The bytes of a delivery, in rented memory. Dispose of it when they have been read.</summary>
internal sealed class OtlpBody : IDisposable
{
    /// <summary>More than any exporter sends at once: batches are 512 records by default.</summary>
    public const int BytesMax = 16 * 1024 * 1024;

    private const int BytesAtFirst = 64 * 1024;

    private byte[] _rented;

    private OtlpBody(byte[] rented, int length)
    {
        _rented = rented;
        Length = length;
    }

    public int Length { get; }

    public ReadOnlyMemory<byte> Memory => _rented.AsMemory(0, Length);

    public ReadOnlySpan<byte> Span => _rented.AsSpan(0, Length);

    /// <summary>Reads to the end; null where there are more bytes than are taken.</summary>
    /// <param name="lengthExpected">What the sender has announced; a wrong number costs time only.</param>
    public static async Task<OtlpBody?> ReadAsync(Stream stream, long? lengthExpected, CancellationToken cancellationToken)
    {
        if (lengthExpected > BytesMax)
        {
            return null;
        }

        byte[] rented = ArrayPool<byte>.Shared.Rent((int)(lengthExpected + 1 ?? BytesAtFirst));
        int length = 0;
        try
        {
            while (true)
            {
                int read = await stream.ReadAsync(rented.AsMemory(length), cancellationToken);
                length += read;
                if (read == 0)
                {
                    var body = new OtlpBody(rented, length);
                    rented = [];
                    return body;
                }

                if (length > BytesMax)
                {
                    return null;
                }

                if (length == rented.Length)
                {
                    byte[] larger = ArrayPool<byte>.Shared.Rent(length * 2);
                    rented.AsSpan(0, length).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(rented);
                    rented = larger;
                }
            }
        }
        finally
        {
            if (rented.Length > 0)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    /// <summary>Unpacks gzip while it reads, so that a small body cannot become a large memory.</summary>
    /// <exception cref="InvalidDataException">The bytes are no gzip.</exception>
    public static async Task<OtlpBody?> UnzipAsync(Stream packed, CancellationToken cancellationToken)
    {
        await using var zip = new GZipStream(packed, CompressionMode.Decompress, leaveOpen: true);
        return await ReadAsync(zip, null, cancellationToken);
    }

    public void Dispose()
    {
        if (_rented.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_rented);
            _rented = [];
        }
    }
}
