using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Ratchet.Contracts.OpenAI;
using Ratchet.Contracts.Rag;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.RagService.Documents;

/// <summary>GET /v1/documents, /v1/documents/{id} and /v1/documents/{id}/chunks.</summary>
internal static class ReadDocuments
{
    private static readonly string[] States =
        [DocumentStates.Indexing, DocumentStates.Indexed, DocumentStates.Failed, DocumentStates.Deleted];

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/documents", List).WithName("ListDocuments").WithTags("Documents")
            .WithSummary("Documents, newest first; deleted ones only with state=deleted.");
        routes.MapGet("/v1/documents/{id}", Get).WithName("GetDocument").WithTags("Documents")
            .WithSummary("One document; include=text adds its stored text.");
        routes.MapGet("/v1/documents/{id}/chunks", Chunks).WithName("ListChunks").WithTags("Documents")
            .WithSummary("A document's chunks with their places in its text.");
    }

    private static Ok<ListResponse<DocumentRecord>> List(
        DocumentStore store,
        IOptions<RagOptions> options,
        string? collection = null,
        string? state = null,
        string? key = null,
        string? text = null,
        int? limit = null,
        string? after = null)
    {
        int count = Paging.Limit(limit);
        string? known = state is null ? null : Names.OneOf("state", state, States);
        List<DocumentRecord> found = [.. store.List(collection, known, key, text, null, count, after)
            .Select(row => row.ToRecord(options.Value.HeldOutShare))];
        return TypedResults.Ok(Paging.Page(found, count, record => record.Id));
    }

    private static Ok<DocumentRecord> Get(
        string id, DocumentStore store, IOptions<RagOptions> options, string? include = null)
    {
        bool withText = include is not null && Names.OneOf("include", include, ["text"]) == "text";
        return TypedResults.Ok(store.Get(id, withText).ToRecord(options.Value.HeldOutShare, withText));
    }

    private static Ok<ListResponse<ChunkRecord>> Chunks(string id, DocumentStore store)
    {
        DocumentRow document = store.Get(id);
        if (document.DeletedAt is not null)
        {
            throw new ApiException(410, "document_deleted", $"The document {id} was deleted; its chunks are gone.");
        }

        List<ChunkRecord> chunks = store.Chunks(id);
        return TypedResults.Ok(Paging.Page(chunks, chunks.Count, chunk => chunk.Id));
    }
}
