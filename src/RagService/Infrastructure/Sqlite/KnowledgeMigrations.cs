using Ratchet.ServiceDefaults.Events;
using Ratchet.ServiceDefaults.Storage;

namespace Ratchet.RagService.Infrastructure.Sqlite;

/// <summary>The database's tables, one script a version; a script that has been released never changes.</summary>
internal static class KnowledgeMigrations
{
    /// <remarks>
    /// <c>seq</c> orders lists and pages; <c>id</c> is what others know. A deleted document keeps its row as a tombstone
    /// without title, text and metadata. <c>coverage</c> and <c>redactions</c> outlive rows that are purged from batches: what
    /// was trained on stays known even when the text is gone.
    /// </remarks>
    private const string Knowledge = """
        CREATE TABLE collections (
            name TEXT PRIMARY KEY,
            trainable INTEGER NOT NULL DEFAULT 1,
            created_at INTEGER NOT NULL);

        CREATE TABLE documents (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            collection TEXT NOT NULL REFERENCES collections (name),
            key TEXT NOT NULL,
            title TEXT,
            version INTEGER NOT NULL,
            revision INTEGER NOT NULL DEFAULT 1,
            content_hash TEXT NOT NULL,
            media_type TEXT NOT NULL,
            source TEXT NOT NULL,
            bytes INTEGER NOT NULL,
            text TEXT,
            pairs TEXT,
            metadata TEXT,
            pin TEXT,
            state TEXT NOT NULL,
            error TEXT,
            chunk_count INTEGER NOT NULL DEFAULT 0,
            token_count INTEGER NOT NULL DEFAULT 0,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            indexed_at INTEGER,
            deleted_at INTEGER);
        CREATE UNIQUE INDEX documents_key ON documents (collection, key) WHERE deleted_at IS NULL;
        CREATE INDEX documents_state ON documents (state);

        CREATE TABLE document_versions (
            document_seq INTEGER NOT NULL REFERENCES documents (seq),
            version INTEGER NOT NULL,
            content_hash TEXT NOT NULL,
            bytes INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            PRIMARY KEY (document_seq, version));

        CREATE TABLE chunks (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            document_seq INTEGER NOT NULL REFERENCES documents (seq),
            position INTEGER NOT NULL,
            start INTEGER NOT NULL,
            "end" INTEGER NOT NULL,
            heading TEXT,
            text TEXT NOT NULL,
            token_count INTEGER NOT NULL);
        CREATE INDEX chunks_document ON chunks (document_seq, position);

        CREATE TABLE vectors (
            chunk_seq INTEGER PRIMARY KEY REFERENCES chunks (seq) ON DELETE CASCADE,
            encoder TEXT NOT NULL,
            vector BLOB NOT NULL);

        CREATE TABLE examples (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            collection TEXT NOT NULL,
            question TEXT NOT NULL,
            answer TEXT NOT NULL,
            question_hash TEXT NOT NULL,
            document_seq INTEGER REFERENCES documents (seq),
            document_key TEXT,
            document_version INTEGER,
            chunk_id TEXT,
            grp TEXT,
            pin TEXT,
            split TEXT NOT NULL,
            state TEXT NOT NULL,
            source TEXT NOT NULL,
            counted INTEGER NOT NULL DEFAULT 1,
            stale INTEGER NOT NULL DEFAULT 0,
            duplicate_of TEXT,
            feedback_id TEXT,
            warnings TEXT,
            reviewed_by TEXT,
            reviewed_at INTEGER,
            created_at INTEGER NOT NULL);
        CREATE INDEX examples_document ON examples (document_seq);
        CREATE INDEX examples_key ON examples (collection, document_key);
        CREATE INDEX examples_question ON examples (collection, question_hash);
        CREATE INDEX examples_group ON examples (collection, grp);
        CREATE INDEX examples_state ON examples (state, split);

        CREATE TABLE batches (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            sha256 TEXT NOT NULL,
            collection TEXT,
            note TEXT,
            sealed_by TEXT,
            example_count INTEGER NOT NULL,
            document_count INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            redacted_at INTEGER,
            rows_removed INTEGER NOT NULL DEFAULT 0,
            created_at INTEGER NOT NULL);

        CREATE TABLE batch_rows (
            batch_seq INTEGER NOT NULL REFERENCES batches (seq),
            position INTEGER NOT NULL,
            example_id TEXT NOT NULL,
            collection TEXT NOT NULL,
            document_seq INTEGER,
            document_key TEXT,
            line TEXT NOT NULL,
            PRIMARY KEY (batch_seq, position));
        CREATE INDEX batch_rows_example ON batch_rows (example_id);
        CREATE INDEX batch_rows_document ON batch_rows (document_seq);

        CREATE TABLE redactions (
            batch_seq INTEGER NOT NULL REFERENCES batches (seq),
            document_seq INTEGER NOT NULL REFERENCES documents (seq),
            rows_removed INTEGER NOT NULL,
            PRIMARY KEY (batch_seq, document_seq)) WITHOUT ROWID;

        CREATE TABLE coverage (
            collection TEXT NOT NULL,
            document_key TEXT NOT NULL,
            PRIMARY KEY (collection, document_key)) WITHOUT ROWID;

        CREATE TABLE feedback (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL,
            question TEXT NOT NULL,
            answer TEXT,
            correction TEXT,
            collection TEXT NOT NULL,
            completion_id TEXT,
            adapter TEXT,
            chunks TEXT NOT NULL,
            comment TEXT,
            user_name TEXT,
            example_id TEXT,
            created_at INTEGER NOT NULL);

        CREATE TABLE feedback_documents (
            feedback_seq INTEGER NOT NULL REFERENCES feedback (seq) ON DELETE CASCADE,
            document_seq INTEGER NOT NULL REFERENCES documents (seq),
            PRIMARY KEY (feedback_seq, document_seq)) WITHOUT ROWID;
        CREATE INDEX feedback_documents_document ON feedback_documents (document_seq);
        """;

    /// <remarks>
    /// A pair is an example and an answer that was found worse: what review, split and forgetting do to the example holds for
    /// the pair. It is gone with its example and with either feedback.
    /// </remarks>
    private const string Pairs = """
        ALTER TABLE feedback ADD COLUMN rejected TEXT;
        ALTER TABLE feedback ADD COLUMN question_hash TEXT;
        CREATE INDEX feedback_question ON feedback (collection, question_hash);

        CREATE TABLE pairs (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            example_id TEXT NOT NULL REFERENCES examples (id) ON DELETE CASCADE,
            rejected TEXT NOT NULL,
            source TEXT NOT NULL,
            chosen_seq INTEGER NOT NULL REFERENCES feedback (seq) ON DELETE CASCADE,
            rejected_seq INTEGER NOT NULL REFERENCES feedback (seq) ON DELETE CASCADE,
            created_at INTEGER NOT NULL,
            UNIQUE (example_id, rejected));
        CREATE INDEX pairs_chosen ON pairs (chosen_seq);
        CREATE INDEX pairs_rejected ON pairs (rejected_seq);

        ALTER TABLE batches ADD COLUMN form TEXT NOT NULL DEFAULT 'examples';
        ALTER TABLE batch_rows ADD COLUMN pair_id TEXT;
        CREATE INDEX batch_rows_pair ON batch_rows (pair_id);
        """;

    public static IReadOnlyList<string> All { get; } =
        [string.Join(";\n", Knowledge, EventLog.Migration, IdempotencyStore.Migration), Pairs];
}
