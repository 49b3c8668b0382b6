using System.Text.Json;
using Ratchet.Contracts;
using Ratchet.Contracts.Rag;
using Ratchet.Datasets.Quality;
using Ratchet.RagService.Documents;
using Ratchet.RagService.Infrastructure.Sqlite;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.RagService.Examples;

/// <summary>Stores examples: finds their document and chunk, their duplicates and their split.</summary>
internal sealed class ExampleWriter(SplitKeeper splits, DuplicateFinder duplicates, TimeProvider clock)
{
    private const int LongCharacters = 4_000;

    /// <summary>The ids in the order given; a word for word repetition is the earlier example.</summary>
    public AddedExamples Add(KnowledgeWrite write, IReadOnlyList<NewExample> examples)
    {
        try
        {
            return AddAll(write, examples);
        }
        catch
        {
            // The transaction is rolled back, so what was remembered of it is wrong.
            duplicates.Clear();
            throw;
        }
    }

    private AddedExamples AddAll(KnowledgeWrite write, IReadOnlyList<NewExample> examples)
    {
        long before = write.Scalar<long?>("SELECT max(seq) FROM examples") ?? 0;
        long now = clock.GetUtcNow().ToUnixTimeSeconds();
        var documents = new Dictionary<(string, string), DocumentRow?>();
        var chunks = new Dictionary<long, List<ChunkRow>>();
        var ids = new List<string>(examples.Count);
        int added = 0;
        foreach (NewExample example in examples)
        {
            string hash = QuestionHash.Of(example.Question);
            List<ExampleRow> same = write.List<ExampleRow>(
                "SELECT id, answer, document_key FROM examples WHERE collection = @Collection AND question_hash = @hash ORDER BY seq",
                new { example.Collection, hash });
            ExampleRow? repeated = same.Find(
                known => known.Answer == example.Answer && known.DocumentKey == example.DocumentKey);
            if (repeated is not null)
            {
                ids.Add(repeated.Id);
                continue;
            }

            DocumentRow? document = FindDocument(write, documents, example);
            string id = $"ex-{Guid.CreateVersion7(clock.GetUtcNow()):N}";
            Insert(write, example, id, hash, same.Count > 0 ? same[0].Id : null, document, chunks, now);
            ids.Add(id);
            added++;
        }

        splits.RefreshAfter(write, before);
        if (added > 0)
        {
            write.Publish("example.added", new { Count = added, Collections = examples.Select(e => e.Collection).Distinct() });
        }

        return new AddedExamples(ids, added);
    }

    private void Insert(
        KnowledgeWrite write,
        NewExample example,
        string id,
        string hash,
        string? duplicateOf,
        DocumentRow? document,
        Dictionary<long, List<ChunkRow>> chunks,
        long now)
    {
        bool isReviewed = example.State != ExampleStates.Proposed;
        write.Execute(
            "INSERT OR IGNORE INTO collections (name, created_at) VALUES (@Collection, @now)", new { example.Collection, now });
        long seq = write.Scalar<long>(
            """
            INSERT INTO examples (id, collection, question, answer, question_hash, document_seq, document_key, document_version,
                chunk_id, grp, pin, split, state, source, counted, duplicate_of, feedback_id, warnings, reviewed_by, reviewed_at,
                created_at)
            VALUES (@id, @Collection, @Question, @Answer, @hash, @documentSeq, @DocumentKey, @version,
                @chunkId, @group, @Pin, '', @State, @Source, @IsCounted, @duplicateOf, @FeedbackId, @warnings, @reviewedBy,
                @reviewedAt, @now) RETURNING seq
            """,
            new
            {
                id,
                example.Collection,
                example.Question,
                example.Answer,
                hash,
                documentSeq = document?.Seq,
                example.DocumentKey,
                version = document?.Version,
                chunkId = example.ChunkId ?? FindChunk(write, document, chunks, example),
                group = example.ParaphraseOf is null ? example.Group : GroupOf(write, example.ParaphraseOf),
                example.Pin,
                example.State,
                example.Source,
                example.IsCounted,
                duplicateOf,
                example.FeedbackId,
                warnings = (string?)null,
                reviewedBy = isReviewed ? example.ReviewedBy ?? example.Source : null,
                reviewedAt = isReviewed ? now : (long?)null,
                now,
            });
        string? nearly = duplicates.Add(write, example.Collection, seq, example.Question, example.Answer);
        if (Warnings(example, document, nearly is not null) is { } warnings)
        {
            write.Execute(
                "UPDATE examples SET warnings = @warnings, duplicate_of = coalesce(duplicate_of, @nearly) WHERE seq = @seq",
                new { warnings, nearly, seq });
        }
    }

    private static DocumentRow? FindDocument(
        KnowledgeWrite write, Dictionary<(string, string), DocumentRow?> known, NewExample example)
    {
        if (example.DocumentKey is null)
        {
            return null;
        }

        (string, string) place = (example.Collection, example.DocumentKey);
        if (!known.TryGetValue(place, out DocumentRow? document))
        {
            document = write.Find<DocumentRow>(
                """
                SELECT seq, id, title, version, deleted_at FROM documents
                WHERE collection = @Collection AND key = @DocumentKey ORDER BY seq DESC LIMIT 1
                """,
                new { example.Collection, example.DocumentKey });
            known[place] = document;
        }

        // What was to be forgotten must not come back by an import made before.
        return document?.DeletedAt is null
            ? document
            : throw new ApiException(
                409,
                "document_deleted",
                $"The document '{Names.Shown(example.DocumentKey)}' of collection '{example.Collection}' was deleted, and its "
                + "examples with it. Send the document again first, or leave these examples out.",
                "document_key");
    }

    private static string? FindChunk(
        KnowledgeWrite write, DocumentRow? document, Dictionary<long, List<ChunkRow>> known, NewExample example)
    {
        if (document is null)
        {
            return null;
        }

        if (!known.TryGetValue(document.Seq, out List<ChunkRow>? chunks))
        {
            chunks = write.List<ChunkRow>(
                "SELECT id, heading, text, start FROM chunks WHERE document_seq = @Seq ORDER BY position", new { document.Seq });
            known[document.Seq] = chunks;
        }

        return ChunkLinker.BestOf(chunks, document.Title, example.Question, example.Answer)?.Id;
    }

    private static string GroupOf(KnowledgeWrite write, string exampleId)
    {
        ExampleRow other = write.Find<ExampleRow>("SELECT id, grp FROM examples WHERE id = @exampleId", new { exampleId })
            ?? throw ApiException.BadField(
                "paraphrase_of", $"There is no example '{Names.Shown(exampleId)}' to be a paraphrase of.");
        if (other.Grp is null)
        {
            write.Execute("UPDATE examples SET grp = id WHERE id = @exampleId", new { exampleId });
        }

        return other.Grp ?? other.Id;
    }

    private static string? Warnings(NewExample example, DocumentRow? document, bool isNearDuplicate)
    {
        var warnings = new List<string>();
        if (example.DocumentKey is not null && document is null)
        {
            warnings.Add("unknown_document");
        }

        if (example.Question.Length + example.Answer.Length > LongCharacters)
        {
            warnings.Add("long");
        }

        if (TextQuality.GarbledPart(example.Question) is not null || TextQuality.GarbledPart(example.Answer) is not null)
        {
            warnings.Add("garbled");
        }

        if (isNearDuplicate)
        {
            warnings.Add("near_duplicate");
        }

        return warnings.Count == 0 ? null : JsonSerializer.Serialize(warnings, WireJson.Options);
    }
}

/// <summary>What became of examples that were sent.</summary>
internal sealed record AddedExamples(IReadOnlyList<string> Ids, int Added);
