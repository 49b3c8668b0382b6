using System.Text.Json;
using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using Ratchet.Contracts;
using Ratchet.Contracts.Rag;
using Ratchet.RagService.Documents;
using Ratchet.RagService.Examples;
using Ratchet.RagService.Infrastructure.Sqlite;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.RagService.Feedback;

/// <summary>Keeps what people say about answers, and makes proposed examples and pairs of what is worth learning.</summary>
internal sealed class FeedbackStore(
    KnowledgeDatabase database, ExampleWriter writer, PairWriter pairs, IOptions<RagOptions> options, TimeProvider clock)
{
    public async Task<FeedbackRecord> AddAsync(CheckedFeedback feedback, CancellationToken cancellation)
    {
        string id = await database.WriteAsync(write => Add(write, feedback), cancellation);
        return Get(id);
    }

    public FeedbackRecord Get(string id)
    {
        using SqliteConnection connection = database.Open();
        return connection.QueryFirst<FeedbackRow>("SELECT * FROM feedback WHERE id = @id", new { id }).ToRecord();
    }

    /// <summary>Newest first; one more than <paramref name="limit"/> where there is more.</summary>
    public List<FeedbackRecord> List(int limit, string? after)
    {
        using SqliteConnection connection = database.Open();
        long before = after is null ? long.MaxValue
            : connection.ExecuteScalar<long?>("SELECT seq FROM feedback WHERE id = @after", new { after })
                ?? throw ApiException.BadField("after", $"There is no feedback '{Names.Shown(after)}' to continue after.");
        return [.. connection.Query<FeedbackRow>(
            "SELECT * FROM feedback WHERE seq < @before ORDER BY seq DESC LIMIT @limit", new { before, limit = limit + 1 })
            .Select(row => row.ToRecord())];
    }

    private string Add(KnowledgeWrite write, CheckedFeedback feedback)
    {
        List<DocumentRow> documents = CitedDocuments(write, feedback.Chunks);
        string id = $"fb-{Guid.CreateVersion7(clock.GetUtcNow()):N}";
        long now = clock.GetUtcNow().ToUnixTimeSeconds();
        long seq = write.Scalar<long>(
            """
            INSERT INTO feedback (id, kind, question, answer, correction, collection, completion_id, adapter, chunks, comment,
                user_name, created_at, rejected, question_hash)
            VALUES (@id, @Kind, @Question, @Answer, @Correction, @Collection, @CompletionId, @Adapter, @chunks, @Comment,
                @User, @now, @Rejected, @hash) RETURNING seq
            """,
            new
            {
                id,
                feedback.Kind,
                feedback.Question,
                feedback.Answer,
                feedback.Correction,
                feedback.Collection,
                feedback.CompletionId,
                feedback.Adapter,
                chunks = JsonSerializer.Serialize(feedback.Chunks, WireJson.Options),
                feedback.Comment,
                feedback.User,
                now,
                feedback.Rejected,
                hash = QuestionHash.Of(feedback.Question),
            });
        foreach (DocumentRow document in documents)
        {
            write.Execute(
                "INSERT INTO feedback_documents (feedback_seq, document_seq) VALUES (@seq, @Seq2)",
                new { seq, Seq2 = document.Seq });
        }

        if (feedback.Lesson is { } answer)
        {
            string example = writer.Add(write, [Example(feedback, answer, id, documents)]).Ids[0];
            write.Execute("UPDATE feedback SET example_id = @example WHERE seq = @seq", new { example, seq });
        }

        pairs.Add(write, seq);

        write.Publish("feedback.added", new { Id = id, feedback.Kind, feedback.Adapter });
        return id;
    }

    // The best chunk's document is the source; a held-out one among the others keeps the example out of training.
    private NewExample Example(
        CheckedFeedback feedback, string answer, string feedbackId, List<DocumentRow> documents)
    {
        DocumentRow? first = documents.Count > 0 ? documents[0] : null;
        return new NewExample(
            first?.Collection ?? feedback.Collection,
            feedback.Question,
            answer,
            ExampleSources.Feedback,
            ExampleStates.Proposed)
        {
            DocumentKey = first?.Key,
            ChunkId = feedback.Chunks.FirstOrDefault(chunk => DocumentOf(chunk) == first?.Id),
            FeedbackId = feedbackId,
            Pin = documents.Exists(IsHeldOut) ? Splits.HeldOut : null,
        };
    }

    private bool IsHeldOut(DocumentRow document) => SplitRule.OfDocument(
        document.Pin, document.Trainable, document.Collection, document.Key, options.Value.HeldOutShare) == Splits.HeldOut;

    private static List<DocumentRow> CitedDocuments(KnowledgeWrite write, IReadOnlyList<string> chunks)
    {
        var documents = new List<DocumentRow>();
        foreach (string id in chunks.Select(DocumentOf).OfType<string>().Distinct())
        {
            DocumentRow? document = write.Find<DocumentRow>(
                "SELECT d.*, c.trainable FROM documents d JOIN collections c ON c.name = d.collection WHERE d.id = @id",
                new { id });
            if (document?.DeletedAt is not null)
            {
                throw new ApiException(
                    409,
                    "document_deleted",
                    $"The answer cites the document {id}, which has been deleted; feedback that may repeat its text is not kept.",
                    "chunks");
            }

            if (document is not null)
            {
                documents.Add(document);
            }
        }

        return documents;
    }

    // chunk-{document}-{version}-{position}: the document is known even when the chunk has been replaced.
    private static string? DocumentOf(string chunkId)
    {
        string[] parts = chunkId.Split('-');
        return parts is ["chunk", { Length: 32 } document, _, _] ? "doc-" + document : null;
    }
}
