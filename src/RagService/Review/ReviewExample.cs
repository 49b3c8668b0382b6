using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Ratchet.Contracts.Rag;
using Ratchet.RagService.Examples;

namespace Ratchet.RagService.Review;

/// <summary>PATCH /v1/examples/{id}: a person approves, edits or rejects an example.</summary>
internal static class ReviewExample
{
    private const string UserHeader = "X-Ratchet-User";
    private const string NobodyNamed = "local";

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPatch("/v1/examples/{id}", HandleAsync)
        .WithName(nameof(ReviewExample))
        .WithTags("Examples")
        .WithSummary("Approves, edits or rejects an example, with who and when.");

    private static async Task<Ok<ExampleRecord>> HandleAsync(
        string id,
        ExampleUpdate update,
        ExampleReview review,
        ExampleStore store,
        [FromHeader(Name = UserHeader)] string? user,
        CancellationToken cancellation)
    {
        await review.DecideAsync(id, update, update.ReviewedBy ?? user ?? NobodyNamed, cancellation);
        return TypedResults.Ok(store.Get(id));
    }
}
