using Ratchet.Contracts.Rag;
using Ratchet.RagService.Infrastructure.Sqlite;

namespace Ratchet.RagService.Feedback;

/// <summary>Makes pairs of a better and a worse answer of what people said about answers to one question (F122, F155).</summary>
/// <remarks>
/// One word can say both (a correction of an answer, a choice between two); two words do where one finds an answer to a question
/// good and the other finds another answer to it bad, in whichever order they come.
/// </remarks>
internal sealed class PairWriter(TimeProvider clock)
{
    /// <summary>A source beside the kinds of feedback: one answer was found good and another bad.</summary>
    public const string Thumbs = "thumbs";

    // A question that everybody asks must not grow pairs by the square of its thumbs.
    private const int PartnersMax = 20;

    /// <summary>Adds the pairs that a piece of feedback completes; one that is known stays as it is.</summary>
    public void Add(KnowledgeWrite write, long feedbackSeq)
    {
        Word word = write.Find<Word>("SELECT * FROM feedback WHERE seq = @feedbackSeq", new { feedbackSeq })!;
        if (word.ExampleId is not null)
        {
            string? worse = word.Kind == FeedbackKinds.Correction ? word.Answer : word.Rejected;
            if (worse is not null)
            {
                Insert(write, word, worse, word, word.Kind);
            }

            foreach (Word other in Others(write, word, "kind IN ('thumb_down', 'regenerate') AND answer IS NOT NULL"))
            {
                Insert(write, word, other.Answer!, other, Thumbs);
            }
        }
        else if (word.Answer is not null)
        {
            foreach (Word other in Others(write, word, "example_id IS NOT NULL"))
            {
                Insert(write, other, word.Answer, word, Thumbs);
            }
        }
    }

    private static List<Word> Others(KnowledgeWrite write, Word word, string condition) => write.List<Word>(
        $"""
        SELECT * FROM feedback WHERE collection = @Collection AND question_hash = @QuestionHash AND seq < @Seq AND {condition}
        ORDER BY seq DESC LIMIT {PartnersMax}
        """,
        word);

    private void Insert(KnowledgeWrite write, Word better, string rejected, Word worse, string source) => write.Execute(
        """
        INSERT OR IGNORE INTO pairs (id, example_id, rejected, source, chosen_seq, rejected_seq, created_at)
        SELECT @id, e.id, @rejected, @source, @chosen, @worse, @now FROM examples e WHERE e.id = @ExampleId AND e.answer <> @rejected
        """,
        new
        {
            id = $"pair-{Guid.CreateVersion7(clock.GetUtcNow()):N}",
            rejected,
            source,
            chosen = better.Seq,
            worse = worse.Seq,
            now = clock.GetUtcNow().ToUnixTimeSeconds(),
            better.ExampleId,
        });

    private sealed class Word
    {
        public long Seq { get; init; }

        public string Kind { get; init; } = "";

        public string Collection { get; init; } = "";

        public string? QuestionHash { get; init; }

        public string? Answer { get; init; }

        public string? Rejected { get; init; }

        public string? ExampleId { get; init; }
    }
}
