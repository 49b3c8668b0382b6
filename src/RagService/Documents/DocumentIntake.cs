using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Ratchet.Contracts;
using Ratchet.Contracts.Rag;
using Ratchet.RagService.Examples;
using Ratchet.RagService.Index;
using Ratchet.RagService.Infrastructure.Sqlite;

namespace Ratchet.RagService.Documents;

/// <summary>
/// Takes documents in: reads them, stores them for good, hands them to indexing. When <see cref="AcceptAsync"/> ends, the new
/// version is on the disk and no search finds the old one.
/// </summary>
internal sealed class DocumentIntake(
    KnowledgeDatabase database,
    DocumentStore store,
    KnowledgeIndex index,
    IndexQueue queue,
    SplitKeeper splits,
    IOptions<RagOptions> options,
    TimeProvider clock)
{
    /// <exception cref="ServiceDefaults.Errors.ApiException">The content cannot be read.</exception>
    public static ReadDocument Read(DocumentSubmission submission) => new(
        submission,
        TextExtractor.Extract(submission.Content, submission.MediaType, submission.Name),
        Convert.ToHexStringLower(SHA256.HashData(submission.Content)));

    public async Task<DocumentRecord> AcceptAsync(ReadDocument document, CancellationToken cancellation)
    {
        (string id, bool isChanged) = await database.WriteAsync(
            write =>
            {
                string collection = document.Submission.Collection;
                long now = clock.GetUtcNow().ToUnixTimeSeconds();
                write.Execute(
                    "INSERT OR IGNORE INTO collections (name, created_at) VALUES (@collection, @now)", new { collection, now });
                string key = document.Submission.Key ?? "text-" + document.Hash[..16];
                DocumentRow? known = write.Find<DocumentRow>(
                    "SELECT * FROM documents WHERE collection = @collection AND key = @key AND deleted_at IS NULL",
                    new { collection, key });
                return known is null ? (Insert(write, document, key, now), true) : Update(write, document, known, now);
            },
            cancellation);
        return store.Get(id).ToRecord(options.Value.HeldOutShare, changed: isChanged);
    }

    private string Insert(KnowledgeWrite write, ReadDocument document, string key, long now)
    {
        DocumentSubmission submission = document.Submission;
        string id = $"doc-{Guid.CreateVersion7(clock.GetUtcNow()):N}";
        long seq = write.Scalar<long>(
            """
            INSERT INTO documents (id, collection, key, title, version, content_hash, media_type, source, bytes, text, pairs,
                metadata, pin, state, created_at, updated_at)
            VALUES (@id, @Collection, @key, @title, 1, @Hash, @MediaType, @Source, @bytes, @text, @pairs,
                @metadata, @Pin, @state, @now, @now) RETURNING seq
            """,
            new
            {
                id,
                submission.Collection,
                key,
                title = submission.Title ?? document.Text.Title ?? NameOf(submission),
                document.Hash,
                submission.MediaType,
                submission.Source,
                bytes = submission.Content.Length,
                text = document.Text.Text,
                pairs = Pairs(document),
                metadata = Json(submission.Metadata),
                submission.Pin,
                state = DocumentStates.Indexing,
                now,
            });
        KeepVersion(write, seq, 1, document, now);

        // Examples may have come before the document that they name.
        write.Execute(
            """
            UPDATE examples SET document_seq = @seq, document_version = 1
            WHERE collection = @Collection AND document_key = @key AND document_seq IS NULL
            """,
            new { seq, submission.Collection, key });
        splits.RefreshDocument(write, seq);
        write.Publish("document.accepted", new { Id = id, submission.Collection, Key = key, Version = 1 });
        write.AfterCommit(() => Enqueue(id, submission));
        return id;
    }

    private (string Id, bool IsChanged) Update(KnowledgeWrite write, ReadDocument document, DocumentRow known, long now)
    {
        DocumentSubmission submission = document.Submission;
        bool isSameText = known.ContentHash == document.Hash && known.MediaType == submission.MediaType;
        string? title = submission.Title ?? (isSameText ? known.Title : document.Text.Title ?? known.Title);
        string? metadata = submission.Metadata is null ? known.Metadata : Json(submission.Metadata);
        string? pin = submission.Pin ?? known.Pin;
        if (pin != known.Pin)
        {
            write.Execute("UPDATE documents SET pin = @pin WHERE seq = @Seq", new { pin, known.Seq });
            splits.RefreshDocument(write, known.Seq);
        }

        bool isIndexed = known.State != DocumentStates.Failed;
        if (isSameText && isIndexed && title == known.Title && metadata == known.Metadata)
        {
            return (known.Id, pin != known.Pin);
        }

        int version = isSameText ? known.Version : known.Version + 1;
        write.Execute("DELETE FROM chunks WHERE document_seq = @Seq", new { known.Seq });
        write.Execute(
            """
            UPDATE documents SET title = @title, version = @version, revision = revision + 1, content_hash = @Hash,
                media_type = @MediaType, source = @Source, bytes = @bytes, text = @text, pairs = @pairs, metadata = @metadata,
                state = @state, error = NULL, chunk_count = 0, token_count = 0, updated_at = @now
            WHERE seq = @Seq
            """,
            new
            {
                title,
                version,
                document.Hash,
                submission.MediaType,
                submission.Source,
                bytes = submission.Content.Length,
                text = document.Text.Text,
                pairs = Pairs(document),
                metadata,
                state = DocumentStates.Indexing,
                now,
                known.Seq,
            });
        if (!isSameText)
        {
            KeepVersion(write, known.Seq, version, document, now);
        }

        write.Publish("document.accepted", new { known.Id, known.Collection, known.Key, Version = version });
        write.AfterCommit(() => index.RemoveAsync(known.Id, CancellationToken.None));
        write.AfterCommit(() => Enqueue(known.Id, submission));
        return (known.Id, true);
    }

    private Task Enqueue(string id, DocumentSubmission submission)
    {
        queue.Enqueue(id, submission.Content.Length, isBulk: submission.Source == "watch" || submission.Content.Length > IndexQueue.BulkBytes);
        return Task.CompletedTask;
    }

    private static void KeepVersion(KnowledgeWrite write, long seq, int version, ReadDocument document, long now) =>
        write.Execute(
            """
            INSERT INTO document_versions (document_seq, version, content_hash, bytes, created_at)
            VALUES (@seq, @version, @Hash, @bytes, @now)
            """,
            new { seq, version, document.Hash, bytes = document.Submission.Content.Length, now });

    // A file's name without its extension, or the key as it is; of a text without either nothing is known.
    private static string? NameOf(DocumentSubmission submission) =>
        submission.Source == "push" ? submission.Key : Path.GetFileNameWithoutExtension(submission.Name);

    private static string? Pairs(ReadDocument document) =>
        document.Text.Pairs.Count == 0 ? null : JsonSerializer.Serialize(document.Text.Pairs, WireJson.Options);

    // Sorted, so that the same metadata in another order is no change.
    private static string? Json(IReadOnlyDictionary<string, string>? metadata) => metadata is null or { Count: 0 }
        ? null
        : JsonSerializer.Serialize(new SortedDictionary<string, string>(
            metadata.ToDictionary(entry => entry.Key, entry => entry.Value), StringComparer.Ordinal), WireJson.Options);
}

/// <summary>A submission whose content has been read.</summary>
internal sealed record ReadDocument(DocumentSubmission Submission, ExtractedText Text, string Hash);
