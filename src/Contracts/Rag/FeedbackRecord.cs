namespace Ratchet.Contracts.Rag;

/// <summary>Feedback as kept.</summary>
/// <param name="ExampleId">The example that was made of it.</param>
/// <param name="Rejected">The answer that was not chosen.</param>
public sealed record FeedbackRecord(
    string Id,
    string Kind,
    string Question,
    string? Answer,
    string? Correction,
    string Collection,
    string? CompletionId,
    string? Adapter,
    IReadOnlyList<string> Chunks,
    string? Comment,
    string? User,
    long CreatedAt,
    string? ExampleId,
    string? Rejected = null)
{
    public string Object { get; init; } = "feedback";
}
