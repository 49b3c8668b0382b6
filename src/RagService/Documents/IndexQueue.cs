using System.Runtime.CompilerServices;
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

    // Together they are about sixteen chunks: their embedding keeps the first of them waiting for a tenth of a second at most.
    private const int GroupBytes = 8 << 10;
    private const int GroupMax = 16;

    private readonly Channel<Waiting> _small = Channel.CreateUnbounded<Waiting>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Channel<Waiting> _bulk = Channel.CreateUnbounded<Waiting>(new UnboundedChannelOptions { SingleReader = true });

    /// <param name="documentId">Whose newest version is to be indexed.</param>
    /// <param name="bytes">Of its text.</param>
    /// <param name="isBulk">It may wait behind a folder's thousand files.</param>
    public void Enqueue(string documentId, long bytes, bool isBulk) =>
        (isBulk ? _bulk : _small).Writer.TryWrite(new Waiting(documentId, bytes));

    /// <summary>
    /// A lane's documents in their order, for its one reader; what waits together comes together while it is small. Nobody is waited for to fill a group.
    /// </summary>
    public async IAsyncEnumerable<IReadOnlyList<string>> ReadAsync(bool isBulk, [EnumeratorCancellation] CancellationToken cancellation)
    {
        ChannelReader<Waiting> lane = (isBulk ? _bulk : _small).Reader;
        while (await lane.WaitToReadAsync(cancellation))
        {
            var group = new List<string>();
            long bytes = 0;
            while (group.Count < GroupMax && lane.TryPeek(out Waiting next) && (group.Count == 0 || bytes + next.Bytes <= GroupBytes))
            {
                lane.TryRead(out next);
                bytes += next.Bytes;
                if (!group.Contains(next.DocumentId))
                {
                    group.Add(next.DocumentId);
                }
            }

            yield return group;
        }
    }

    private readonly record struct Waiting(string DocumentId, long Bytes);
}
