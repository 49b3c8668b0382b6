using Ratchet.Contracts.Rag;
using Ratchet.RagService.Examples;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.RagService.Feedback;

/// <summary>Feedback that has been checked.</summary>
internal sealed record CheckedFeedback(
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
    string? Rejected)
{
    private const int ChunksMax = 100;
    private const int CommentLengthMax = 4_000;

    /// <summary>The answer worth learning: a correction, or an answer that was found good or better.</summary>
    public string? Lesson => Kind switch
    {
        FeedbackKinds.Correction => Correction,
        FeedbackKinds.ThumbUp or FeedbackKinds.Preferred => Answer,
        _ => null,
    };

    public static CheckedFeedback Read(FeedbackRequest request, RagOptions options)
    {
        string kind = Names.OneOf("kind", request.Kind ?? "", FeedbackKinds.All);
        string? correction = kind == FeedbackKinds.Correction
            ? ExampleChecks.Text(request.Correction, "correction", options)
            : null;
        string? answer = kind is FeedbackKinds.ThumbUp or FeedbackKinds.Preferred || !string.IsNullOrWhiteSpace(request.Answer)
            ? ExampleChecks.Text(request.Answer, "answer", options)
            : null;
        string? rejected = kind == FeedbackKinds.Preferred ? ExampleChecks.Text(request.Rejected, "rejected", options) : null;
        if (rejected is not null && rejected == answer)
        {
            throw ApiException.BadField("rejected", "Both answers are the same, so neither is preferred. Send the one that was not chosen.");
        }

        if (request.Comment?.Length > CommentLengthMax)
        {
            throw ApiException.BadField(
                "comment", $"The comment has {request.Comment.Length:N0} characters; at most {CommentLengthMax:N0} are taken.");
        }

        if (request.Chunks?.Count > ChunksMax)
        {
            throw ApiException.BadField("chunks", $"There are {request.Chunks.Count} chunks; at most {ChunksMax} are taken.");
        }

        return new CheckedFeedback(
            kind,
            ExampleChecks.Text(request.Question, "question", options),
            answer,
            correction,
            Names.Collection(request.Collection, options),
            request.CompletionId,
            request.Adapter,
            request.Chunks ?? [],
            request.Comment,
            request.User,
            rejected);
    }
}
