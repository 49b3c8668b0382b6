using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Ratchet.Contracts.OpenAI;
using Ratchet.Contracts.Rag;
using Ratchet.ServiceDefaults.Http;

namespace Ratchet.RagService.Feedback;

/// <summary>POST /v1/feedback: what a person says about an answer; and GET /v1/feedback.</summary>
internal static class SendFeedback
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/feedback", HandleAsync).WithName(nameof(SendFeedback)).WithTags("Feedback")
            .WithSummary("Keeps a thumb, a correction, a regeneration or a choice of two answers; what is worth learning becomes a proposed example, and a pair.")
            .WithIdempotencyKey();
        routes.MapGet("/v1/feedback", List).WithName("ListFeedback").WithTags("Feedback").WithSummary("Feedback, newest first.");
        routes.MapGet("/v1/feedback/pairs", ListPairs).WithName("ListPairs").WithTags("Feedback")
            .WithSummary("Pairs of a preferred and another answer, newest first; POST /v1/batches with form preference seals those that are ready.");
    }

    private static Ok<ListResponse<PreferencePair>> ListPairs(
        PairStore store, IOptions<RagOptions> options, string? collection = null, int? limit = null, string? after = null)
    {
        int count = Paging.Limit(limit);
        string? named = string.IsNullOrEmpty(collection) ? null : Names.Collection(collection, options.Value);
        return TypedResults.Ok(Paging.Page(store.List(named, count, after), count, pair => pair.Id));
    }

    private static async Task<Ok<FeedbackRecord>> HandleAsync(
        FeedbackRequest request, FeedbackStore store, IOptions<RagOptions> options, CancellationToken cancellation) =>
        TypedResults.Ok(await store.AddAsync(CheckedFeedback.Read(request, options.Value), cancellation));

    private static Ok<ListResponse<FeedbackRecord>> List(FeedbackStore store, int? limit = null, string? after = null)
    {
        int count = Paging.Limit(limit);
        return TypedResults.Ok(Paging.Page(store.List(count, after), count, feedback => feedback.Id));
    }
}
