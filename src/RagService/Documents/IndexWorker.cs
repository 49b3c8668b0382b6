using Dapper;
using Ratchet.Contracts.Rag;
using Ratchet.RagService.Index;
using Ratchet.RagService.Infrastructure.Sqlite;
using Ratchet.RagService.Ports;

namespace Ratchet.RagService.Documents;

/// <summary>Fills the index from the database at start, then indexes what comes, on two lanes.</summary>
internal sealed partial class IndexWorker(
    KnowledgeDatabase database,
    KnowledgeIndex index,
    IndexQueue queue,
    DocumentIndexer indexer,
    IEmbedder embedder,
    IndexState state,
    ILogger<IndexWorker> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await RebuildAsync(stoppingToken);
        state.MarkReady();
        await Task.WhenAll(WorkAsync(isBulk: false, stoppingToken), WorkAsync(isBulk: true, stoppingToken));
    }

    private async Task WorkAsync(bool isBulk, CancellationToken cancellation)
    {
        try
        {
            await foreach (IReadOnlyList<string> documentIds in queue.ReadAsync(isBulk, cancellation))
            {
                await indexer.IndexAsync(documentIds, cancellation);
            }
        }
        catch (OperationCanceledException)
        {
            // The service stops; what is left is in the database.
        }
    }

    private async Task RebuildAsync(CancellationToken cancellation)
    {
        string encoder = embedder.EncoderId;
        int stale = await database.WriteAsync(
            write => write.Execute(
                """
                UPDATE documents SET state = @indexing WHERE state = @indexed AND seq IN (
                    SELECT c.document_seq FROM chunks c LEFT JOIN vectors v ON v.chunk_seq = c.seq
                    WHERE v.encoder IS NULL OR v.encoder <> @encoder)
                """,
                new { indexing = DocumentStates.Indexing, indexed = DocumentStates.Indexed, encoder }),
            cancellation);
        if (stale > 0)
        {
            LogOtherEncoder(logger, stale, encoder);
        }

        int count = 0;
        using var connection = database.Open();
        foreach (DocumentRow document in connection.Query<DocumentRow>(
            "SELECT seq, id, collection, title, metadata FROM documents WHERE state = @indexed ORDER BY seq",
            new { indexed = DocumentStates.Indexed }).AsList())
        {
            List<StoredChunk> chunks = connection.Query<StoredChunk>(
                """
                SELECT c.id, c.heading, c.text, v.vector FROM chunks c JOIN vectors v ON v.chunk_seq = c.seq
                WHERE c.document_seq = @Seq ORDER BY c.position
                """,
                new { document.Seq }).AsList();
            await index.LoadAsync([.. chunks.Select(chunk => chunk.ToIndexed(document))], cancellation);
            count += chunks.Count;
        }

        foreach ((string id, long bytes) in connection.Query<(string, long)>(
            "SELECT id, bytes FROM documents WHERE state = @indexing ORDER BY seq",
            new { indexing = DocumentStates.Indexing }))
        {
            queue.Enqueue(id, bytes, isBulk: true);
        }

        LogReady(logger, count);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} chunks are searchable")]
    private static partial void LogReady(ILogger logger, int count);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "{Count} documents were embedded by another encoder than {Encoder} and are embedded again")]
    private static partial void LogOtherEncoder(ILogger logger, int count, string encoder);

    private sealed class StoredChunk
    {
        public string Id { get; init; } = "";

        public string? Heading { get; init; }

        public string Text { get; init; } = "";

        public byte[] Vector { get; init; } = [];

        public IndexedChunk ToIndexed(DocumentRow document)
        {
            float[] vector = new float[Vector.Length / sizeof(float)];
            Buffer.BlockCopy(Vector, 0, vector, 0, Vector.Length);
            return new IndexedChunk(Id, document.Labels(), ChunkRow.SearchText(document.Title, Heading, Text), vector);
        }
    }
}
