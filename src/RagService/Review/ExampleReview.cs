using Microsoft.Extensions.Options;
using Ratchet.Contracts.Rag;
using Ratchet.RagService.Examples;
using Ratchet.RagService.Infrastructure.Sqlite;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.RagService.Review;

/// <summary>Keeps what a person who knows the business decides about an example, with who and when.</summary>
internal sealed class ExampleReview(KnowledgeDatabase database, IOptions<RagOptions> options, TimeProvider clock)
{
    /// <exception cref="ApiException">The example is unknown, or the update says nothing or nonsense.</exception>
    public Task DecideAsync(string id, ExampleUpdate update, string reviewer, CancellationToken cancellation)
    {
        if (update is { State: null, Question: null, Answer: null })
        {
            throw ApiException.BadField(
                "state", "The review says nothing. Send a state (" + string.Join(", ", ExampleStates.All) + "), a question or an answer.");
        }

        string? asked = update.State is null ? null : Names.OneOf("state", update.State, ExampleStates.All);
        string? question = update.Question is null ? null : ExampleChecks.Text(update.Question, "question", options.Value);
        string? answer = update.Answer is null ? null : ExampleChecks.Text(update.Answer, "answer", options.Value);
        return database.WriteAsync(
            write =>
            {
                ExampleRow example = write.Find<ExampleRow>("SELECT * FROM examples WHERE id = @id", new { id })
                    ?? throw ExampleStore.Unknown(id);
                bool isChanged = (question ?? example.Question) != example.Question
                    || (answer ?? example.Answer) != example.Answer;
                string state = Decide(asked, isChanged, example.State);
                bool isReviewed = state != ExampleStates.Proposed;
                write.Execute(
                    """
                    UPDATE examples SET question = @question, answer = @answer, question_hash = @hash, state = @state,
                        reviewed_by = @reviewedBy, reviewed_at = @reviewedAt, stale = CASE WHEN @isUsable THEN 0 ELSE stale END
                    WHERE seq = @Seq
                    """,
                    new
                    {
                        question = question ?? example.Question,
                        answer = answer ?? example.Answer,
                        hash = QuestionHash.Of(question ?? example.Question),
                        state,
                        reviewedBy = isReviewed ? reviewer : null,
                        reviewedAt = isReviewed ? clock.GetUtcNow().ToUnixTimeSeconds() : (long?)null,
                        isUsable = state is ExampleStates.Approved or ExampleStates.Edited,
                        example.Seq,
                    });
                write.Publish("example.reviewed", new { Id = id, example.Collection, State = state });
                return true;
            },
            cancellation);
    }

    // "Edited" is approved with a change: without a change it is approved, and a changed one is not merely approved.
    private static string Decide(string? asked, bool isChanged, string before) => asked switch
    {
        ExampleStates.Proposed or ExampleStates.Rejected => asked,
        null => isChanged ? ExampleStates.Edited : before,
        _ => isChanged || (before == ExampleStates.Edited && asked == ExampleStates.Edited)
            ? ExampleStates.Edited
            : ExampleStates.Approved,
    };
}
