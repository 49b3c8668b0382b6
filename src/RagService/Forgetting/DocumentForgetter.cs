using Ratchet.Contracts.Rag;
using Ratchet.RagService.Documents;
using Ratchet.RagService.Index;
using Ratchet.RagService.Infrastructure.Sqlite;

namespace Ratchet.RagService.Forgetting;

/// <summary>
/// Deletes a document and everything that repeats it: chunks, vectors, examples, pairs, feedback that cites it, rows of sealed
/// batches, kept answers. A tombstone stays, without its text.
/// </summary>
internal sealed class DocumentForgetter(KnowledgeDatabase database, KnowledgeIndex index, TimeProvider clock)
{
    /// <summary>When the task ends nothing of the document can be found, and its bytes are overwritten on the disk.</summary>
    /// <exception cref="ServiceDefaults.Errors.ApiException">404: there never was such a document.</exception>
    public async Task<DocumentDeleted> ForgetAsync(string id, CancellationToken cancellation)
    {
        DocumentDeleted deleted = await database.WriteAsync(write => Forget(write, id), cancellation);
        await database.ScrubLogAsync(cancellation);
        return deleted;
    }

    private DocumentDeleted Forget(KnowledgeWrite write, string id)
    {
        DocumentRow document = write.Find<DocumentRow>("SELECT * FROM documents WHERE id = @id", new { id })
            ?? throw DocumentStore.Unknown(id);
        if (document.DeletedAt is not null)
        {
            return new DocumentDeleted(id, true, 0, 0, []);
        }

        var names = new { document.Seq, document.Collection, document.Key };
        write.Execute(
            """
            CREATE TEMP TABLE IF NOT EXISTS gone (id TEXT PRIMARY KEY) WITHOUT ROWID;
            DELETE FROM gone;
            INSERT INTO gone SELECT id FROM examples
            WHERE document_seq = @Seq OR (collection = @Collection AND document_key = @Key)
                OR feedback_id IN (SELECT f.id FROM feedback f JOIN feedback_documents d ON d.feedback_seq = f.seq
                    WHERE d.document_seq = @Seq)
            UNION SELECT p.id FROM pairs p WHERE EXISTS (SELECT 1 FROM feedback_documents d
                WHERE d.feedback_seq IN (p.chosen_seq, p.rejected_seq) AND d.document_seq = @Seq)
            """,
            names);
        IReadOnlyList<string> batches = Redact(write, document);
        int examples = write.Execute("DELETE FROM examples WHERE id IN (SELECT id FROM gone)");
        write.Execute(
            """
            DELETE FROM feedback WHERE seq IN (SELECT feedback_seq FROM feedback_documents WHERE document_seq = @Seq)
                OR example_id IN (SELECT id FROM gone);
            DELETE FROM gone;
            DELETE FROM document_versions WHERE document_seq = @Seq;
            """,
            names);
        int chunks = write.Execute("DELETE FROM chunks WHERE document_seq = @Seq", names);
        long now = clock.GetUtcNow().ToUnixTimeSeconds();
        write.Execute(
            """
            UPDATE documents SET title = NULL, text = NULL, pairs = NULL, metadata = NULL, error = NULL, content_hash = '',
                state = @state, revision = revision + 1, chunk_count = 0, token_count = 0, bytes = 0, deleted_at = @now,
                updated_at = @now
            WHERE seq = @Seq
            """,
            new { document.Seq, state = DocumentStates.Deleted, now });

        // Kept answers of requests that may repeat its text; a repeated request is then simply carried out again.
        write.Execute(
            """
            DELETE FROM idempotency WHERE instr(CAST(body AS TEXT), @id) > 0 OR instr(key, '/v1/examples') > 0
                OR instr(key, '/v1/feedback') > 0
            """,
            new { id });
        write.Publish("document.deleted", new
        {
            document.Id,
            document.Collection,
            document.Key,
            ChunkCount = chunks,
            ExampleCount = examples,
            Batches = batches,
        });
        write.AfterCommit(() => index.RemoveAsync(id, CancellationToken.None));
        return new DocumentDeleted(id, true, chunks, examples, batches);
    }

    private IReadOnlyList<string> Redact(KnowledgeWrite write, DocumentRow document)
    {
        const string Touched =
            "(r.document_seq = @Seq OR (r.collection = @Collection AND r.document_key = @Key) "
            + "OR r.example_id IN (SELECT id FROM gone) OR r.pair_id IN (SELECT id FROM gone))";
        List<TouchedBatch> touched = write.List<TouchedBatch>(
            $"""
            SELECT b.seq, b.id, count(*) AS rows FROM batch_rows r JOIN batches b ON b.seq = r.batch_seq
            WHERE {Touched} GROUP BY b.seq ORDER BY b.seq
            """,
            new { document.Seq, document.Collection, document.Key });
        long now = clock.GetUtcNow().ToUnixTimeSeconds();
        foreach (TouchedBatch batch in touched)
        {
            write.Execute(
                $"""
                DELETE FROM batch_rows AS r WHERE r.batch_seq = @batchSeq AND {Touched};
                UPDATE batches SET redacted_at = coalesce(redacted_at, @now), rows_removed = rows_removed + @Rows
                WHERE seq = @batchSeq;
                INSERT INTO redactions (batch_seq, document_seq, rows_removed) VALUES (@batchSeq, @Seq, @Rows);
                """,
                new { batchSeq = batch.Seq, batch.Rows, now, document.Seq, document.Collection, document.Key });
            write.Publish("batch.redacted", new { batch.Id, Document = document.Id, RowsRemoved = batch.Rows });
        }

        return [.. touched.Select(batch => batch.Id)];
    }

    private sealed class TouchedBatch
    {
        public long Seq { get; init; }

        public string Id { get; init; } = "";

        public int Rows { get; init; }
    }
}
