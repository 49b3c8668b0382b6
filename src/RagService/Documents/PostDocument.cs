using Microsoft.AspNetCore.Http.HttpResults;
using Ratchet.Contracts.OpenAI;
using Ratchet.Contracts.Rag;
using Ratchet.ServiceDefaults.Http;

namespace Ratchet.RagService.Documents;

/// <summary>POST /v1/documents: stores a document, or a new version of one; it is searchable moments later.</summary>
internal static class PostDocument
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/v1/documents", HandleAsync)
        .WithName(nameof(PostDocument))
        .WithTags("Documents")
        .WithSummary("Stores a document; the same key with other content is a new version.")
        .Accepts<DocumentPush>("application/json", "multipart/form-data")
        .WithIdempotencyKey();

    private static async Task<Results<Ok<DocumentRecord>, Ok<ListResponse<DocumentRecord>>>> HandleAsync(
        DocumentPosted posted, DocumentIntake intake, CancellationToken cancellation)
    {
        // All are read before the first is stored: a broken one among several leaves nothing behind.
        List<ReadDocument> read = [.. posted.Submissions.Select(DocumentIntake.Read)];
        var records = new List<DocumentRecord>(read.Count);
        foreach (ReadDocument document in read)
        {
            records.Add(await intake.AcceptAsync(document, cancellation));
        }

        return records.Count == 1
            ? TypedResults.Ok(records[0])
            : TypedResults.Ok(Paging.Page(records, records.Count, record => record.Id));
    }
}
