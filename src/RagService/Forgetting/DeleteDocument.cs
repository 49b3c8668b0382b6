using Microsoft.AspNetCore.Http.HttpResults;
using Ratchet.Contracts.Rag;

namespace Ratchet.RagService.Forgetting;

/// <summary>DELETE /v1/documents/{id}, and GET /v1/documents/{id}/reach, which says beforehand what that takes along.</summary>
internal static class DeleteDocument
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapDelete("/v1/documents/{id}", HandleAsync).WithName(nameof(DeleteDocument)).WithTags("Documents")
            .WithSummary("Deletes a document with its chunks, examples and rows of batches; a tombstone stays.");
        routes.MapGet("/v1/documents/{id}/reach", ReachAsync).WithName("GetDocumentReach").WithTags("Documents")
            .WithSummary("What was made from a document: chunks, examples, batches, adapters.");
    }

    private static async Task<Ok<DocumentDeleted>> HandleAsync(
        string id, DocumentForgetter forgetter, CancellationToken cancellation) =>
        TypedResults.Ok(await forgetter.ForgetAsync(id, cancellation));

    private static async Task<Ok<DocumentReach>> ReachAsync(
        string id, DocumentReachFinder finder, CancellationToken cancellation) =>
        TypedResults.Ok(await finder.FindAsync(id, cancellation));
}
