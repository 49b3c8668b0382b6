using System.Threading.Channels;

namespace Ratchet.RagService.Documents;

/// <summary>
/// Documents that wait for indexing: small ones on a lane of their own, so that a person's upload need not wait for a folder's
/// thousand files. Kept in memory only; at start it is filled from the database.
/// </summary>
internal sealed class IndexQueue
{
    /// <summary>A document above this takes the slow lane.</summary>
    public const int BulkBytes = 64 << 10;

    private readonly Channel<string> _small = Channel.CreateUnbounded<string>();
    private readonly Channel<string> _bulk = Channel.CreateUnbounded<string>();

    public void Enqueue(string documentId, bool isBulk) => (isBulk ? _bulk : _small).Writer.TryWrite(documentId);

    public IAsyncEnumerable<string> ReadAsync(bool isBulk, CancellationToken cancellation) =>
        (isBulk ? _bulk : _small).Reader.ReadAllAsync(cancellation);
}
