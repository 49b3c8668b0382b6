using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Ratchet.Contracts.OpenAI;
using Ratchet.Contracts.Rag;
using Ratchet.ServiceDefaults.Http;

namespace Ratchet.RagService.Batches;

/// <summary>POST /v1/batches (seal), and GET /v1/batches[/{id}[/content]].</summary>
internal static class SealBatch
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/batches", SealAsync).WithName(nameof(SealBatch)).WithTags("Batches")
            .WithSummary("Seals approved training examples, or pairs (form preference); the id is the hash of the content.")
            .WithIdempotencyKey();
        routes.MapGet("/v1/batches", List).WithName("ListBatches").WithTags("Batches").WithSummary("Batches, newest first.");
        routes.MapGet("/v1/batches/{id}", Get).WithName("GetBatch").WithTags("Batches")
            .WithSummary("One batch with the documents that its examples name.");
        routes.MapGet("/v1/batches/{id}/content", Content).WithName("GetBatchContent").WithTags("Batches")
            .WithSummary("The batch as canonical JSONL.");
    }

    private static async Task<Ok<BatchRecord>> SealAsync(
        SealBatchRequest? request,
        BatchSealer sealer,
        BatchStore store,
        IOptions<RagOptions> options,
        CancellationToken cancellation)
    {
        SealBatchRequest asked = request ?? new SealBatchRequest();
        string? collection = string.IsNullOrEmpty(asked.Collection) ? null : Names.Collection(asked.Collection, options.Value);
        string include = Names.OneOf("include", asked.Include ?? BatchSealer.New, [BatchSealer.New, BatchSealer.All]);
        string form = Names.OneOf("form", asked.Form ?? BatchForms.Examples, BatchForms.All);
        string id = await sealer.SealAsync(form, collection, include, asked.Note, asked.SealedBy, cancellation);
        return TypedResults.Ok(store.Get(id));
    }

    private static Ok<ListResponse<BatchRecord>> List(BatchStore store, int? limit = null, string? after = null)
    {
        int count = Paging.Limit(limit);
        return TypedResults.Ok(Paging.Page(store.List(count, after), count, batch => batch.Id));
    }

    private static Ok<BatchRecord> Get(string id, BatchStore store) => TypedResults.Ok(store.Get(id));

    private static FileContentHttpResult Content(string id, BatchStore store) =>
        TypedResults.Bytes(store.Content(id), "application/jsonl");
}
