namespace Ratchet.Contracts.Rag;

/// <summary>Body of POST /v1/feedback. A thumb up, a correction and a preferred answer become proposed examples; with a worse answer beside, pairs too.</summary>
/// <param name="Kind">One of <see cref="FeedbackKinds"/>.</param>
/// <param name="CompletionId">Id of the chat completion that is judged.</param>
/// <param name="Adapter">Exact id of what answered.</param>
/// <param name="Chunks">Ids of the chunks that the answer was given, best first.</param>
/// <param name="Rejected">The other answer, which was not chosen; with the kind "preferred".</param>
public sealed record FeedbackRequest(
    string? Kind,
    string? Question,
    string? Answer = null,
    string? Correction = null,
    string? Collection = null,
    string? CompletionId = null,
    string? Adapter = null,
    IReadOnlyList<string>? Chunks = null,
    string? Comment = null,
    string? User = null,
    string? Rejected = null);
