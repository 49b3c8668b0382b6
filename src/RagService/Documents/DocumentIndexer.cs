using System.Runtime.InteropServices;
using Ratchet.Contracts.Rag;
using Ratchet.RagService.Chunking;
using Ratchet.RagService.Examples;
using Ratchet.RagService.Index;
using Ratchet.RagService.Infrastructure.Sqlite;
using Ratchet.RagService.Ports;
using Ratchet.ServiceDefaults.Storage;

namespace Ratchet.RagService.Documents;

/// <summary>Makes documents searchable: cuts them, embeds the chunks, stores both and shows them to the index.</summary>
internal sealed partial class DocumentIndexer(
    KnowledgeDatabase database,
    DocumentStore store,
    Chunker chunker,
    IEmbedder embedder,
    KnowledgeIndex index,
    ExampleProposer proposer,
    TimeProvider clock,
    ILogger<DocumentIndexer> logger)
{
    // Small enough that a question, or a document of the other lane, waits for a moment only.
    private const int ChunksPerPass = 4;

    /// <summary>
    /// Indexes the present versions of documents that waited together, in one transaction. A fault marks the document that has it failed,
    /// with the reason, and is not thrown.
    /// </summary>
    public async Task IndexAsync(IReadOnlyList<string> documentIds, CancellationToken cancellation)
    {
        DocumentRow[] documents = [.. documentIds.Select(id => store.Get(id, withText: true)).Where(row => row.State == DocumentStates.Indexing)];
        if (documents.Length == 0)
        {
            return;
        }

        try
        {
            CutDocument[] cuts = [.. documents.Select(document => new CutDocument(document, chunker.Cut(document.Text!)))];
            await EmbedAsync(cuts, cancellation);
            while (!await TryStoreAsync(cuts, cancellation))
            {
                await Task.Delay(FullDisk.Pause, clock, cancellation);
            }
        }
        catch (Exception failure) when (failure is not OperationCanceledException && documents.Length == 1)
        {
            LogFailed(logger, failure, documents[0].Id);
            await FailAsync(documents[0], failure, cancellation);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            // Whose fault it is shows when each is alone; the others must not go down with it.
            LogApart(logger, failure, documents.Length);
            foreach (DocumentRow document in documents)
            {
                await IndexAsync([document.Id], cancellation);
            }
        }
    }

    private async Task EmbedAsync(CutDocument[] cuts, CancellationToken cancellation)
    {
        foreach ((CutDocument Of, TextChunk Chunk)[] pass in cuts.SelectMany(cut => cut.Chunks.Select(chunk => (cut, chunk))).Chunk(ChunksPerPass))
        {
            IReadOnlyList<float[]> vectors = await embedder.EmbedAsync([.. pass.Select(one => SearchText(one.Of.Row, one.Chunk))], cancellation);
            for (int i = 0; i < pass.Length; i++)
            {
                pass[i].Of.Vectors.Add(vectors[i]);
            }
        }
    }

    // A full disk is no fault of a document: it stays in its place of the queue.
    private async Task<bool> TryStoreAsync(CutDocument[] cuts, CancellationToken cancellation)
    {
        try
        {
            await database.WriteAsync(
                write =>
                {
                    foreach (CutDocument cut in cuts)
                    {
                        Store(write, cut.Row, cut.Chunks, cut.Vectors);
                    }

                    return true;
                },
                cancellation);
            return true;
        }
        catch (Exception full) when (FullDisk.IsReason(full))
        {
            LogFull(logger, cuts[0].Row.Id, cuts.Length - 1, full.Message);
            return false;
        }
    }

    private void Store(
        KnowledgeWrite write, DocumentRow document, IReadOnlyList<TextChunk> chunks, List<float[]> vectors)
    {
        int revision = write.Scalar<int>("SELECT revision FROM documents WHERE seq = @Seq", new { document.Seq });
        if (revision != document.Revision)
        {
            // Changed or deleted meanwhile; the newer state has its own place in the queue.
            return;
        }

        long now = clock.GetUtcNow().ToUnixTimeSeconds();
        write.Execute("DELETE FROM chunks WHERE document_seq = @Seq", new { document.Seq });
        var stored = new List<ChunkRow>(chunks.Count);
        var indexed = new List<IndexedChunk>(chunks.Count);
        for (int i = 0; i < chunks.Count; i++)
        {
            ChunkRow row = Row(document, chunks[i], i);
            long seq = write.Scalar<long>(
                """
                INSERT INTO chunks (id, document_seq, position, start, "end", heading, text, token_count)
                VALUES (@Id, @documentSeq, @Position, @Start, @End, @Heading, @Text, @TokenCount) RETURNING seq
                """,
                new
                {
                    row.Id,
                    documentSeq = document.Seq,
                    row.Position,
                    row.Start,
                    row.End,
                    row.Heading,
                    row.Text,
                    row.TokenCount,
                });
            write.Execute(
                "INSERT INTO vectors (chunk_seq, encoder, vector) VALUES (@seq, @encoder, @vector)",
                new { seq, encoder = embedder.EncoderId, vector = MemoryMarshal.AsBytes<float>(vectors[i]).ToArray() });
            stored.Add(row);
            indexed.Add(new IndexedChunk(row.Id, document.Labels(), SearchText(document, chunks[i]), vectors[i]));
        }

        write.Execute(
            """
            UPDATE documents SET state = @state, error = NULL, chunk_count = @chunkCount, token_count = @tokenCount,
                indexed_at = @now WHERE seq = @Seq
            """,
            new
            {
                state = DocumentStates.Indexed,
                chunkCount = chunks.Count,
                tokenCount = chunks.Sum(chunk => chunk.TokenCount),
                now,
                document.Seq,
            });
        proposer.Follow(write, document, stored);
        write.Publish("document.indexed", new
        {
            document.Id,
            document.Collection,
            document.Key,
            document.Version,
            ChunkCount = chunks.Count,
        });

        // Before the commit: who reads that a document is indexed must find it. Until then its rows are not there, so it is no hit.
        write.BeforeCommit(() => index.AddAsync(indexed, CancellationToken.None), () => TakeBackAsync(document.Id));
    }

    // What stays in a store that is away is no hit either, and the next try writes it over.
    private async Task TakeBackAsync(string documentId)
    {
        try
        {
            await index.RemoveAsync(documentId, CancellationToken.None);
        }
        catch (VectorStoreException away)
        {
            LogFailed(logger, away, documentId);
        }
    }

    private async Task FailAsync(DocumentRow document, Exception failure, CancellationToken cancellation) =>
        await database.WriteAsync(
            write =>
            {
                write.Execute(
                    "UPDATE documents SET state = @state, error = @error WHERE seq = @Seq AND revision = @Revision",
                    new { state = DocumentStates.Failed, error = failure.Message, document.Seq, document.Revision });
                write.Publish("document.failed", new { document.Id, document.Collection, document.Key });
                return true;
            },
            cancellation);

    private static ChunkRow Row(DocumentRow document, TextChunk chunk, int position) => new()
    {
        Id = $"chunk-{document.Id["doc-".Length..]}-{document.Version}-{position}",
        DocumentId = document.Id,
        Position = position,
        Start = chunk.Range.Start,
        End = chunk.Range.End,
        Heading = chunk.Heading,
        Text = document.Text![chunk.Range.Start..chunk.Range.End],
        TokenCount = chunk.TokenCount,
    };

    private static string SearchText(DocumentRow document, TextChunk chunk) =>
        ChunkRow.SearchText(document.Title, chunk.Heading, document.Text![chunk.Range.Start..chunk.Range.End]);

    [LoggerMessage(Level = LogLevel.Error, Message = "Document {DocumentId} could not be indexed")]
    private static partial void LogFailed(ILogger logger, Exception exception, string documentId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} documents could not be indexed together and are taken one by one")]
    private static partial void LogApart(ILogger logger, Exception exception, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Document {DocumentId} and {Others} with it wait for space on the disk: {Reason}")]
    private static partial void LogFull(ILogger logger, string documentId, int others, string reason);

    private sealed record CutDocument(DocumentRow Row, IReadOnlyList<TextChunk> Chunks)
    {
        /// <summary>One for each chunk, once embedded.</summary>
        public List<float[]> Vectors { get; } = [];
    }
}
