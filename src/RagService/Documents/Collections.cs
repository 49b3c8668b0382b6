using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Ratchet.Contracts.OpenAI;
using Ratchet.Contracts.Rag;
using Ratchet.RagService.Examples;
using Ratchet.RagService.Infrastructure.Sqlite;

namespace Ratchet.RagService.Documents;

/// <summary>GET /v1/collections and PUT /v1/collections/{name}: what may reach weights and what may not.</summary>
internal static class Collections
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/collections", List).WithName("ListCollections").WithTags("Documents")
            .WithSummary("Collections with their counts.");
        routes.MapPut("/v1/collections/{name}", PutAsync).WithName("PutCollection").WithTags("Documents")
            .WithSummary("Makes a collection, or says whether it may be trained on.");
    }

    private static Ok<ListResponse<CollectionRecord>> List(DocumentStore store)
    {
        List<CollectionRecord> all = store.Collections();
        return TypedResults.Ok(Paging.Page(all, all.Count, collection => collection.Name));
    }

    private static async Task<Ok<CollectionRecord>> PutAsync(
        string name,
        CollectionUpdate update,
        KnowledgeDatabase database,
        DocumentStore store,
        SplitKeeper splits,
        IOptions<RagOptions> options,
        TimeProvider clock,
        CancellationToken cancellation)
    {
        string collection = Names.Collection(name, options.Value);
        await database.WriteAsync(
            write =>
            {
                write.Execute(
                    """
                    INSERT INTO collections (name, trainable, created_at) VALUES (@collection, @Trainable, @now)
                    ON CONFLICT (name) DO UPDATE SET trainable = @Trainable
                    """,
                    new { collection, update.Trainable, now = clock.GetUtcNow().ToUnixTimeSeconds() });
                splits.RefreshCollection(write, collection);
                return true;
            },
            cancellation);
        return TypedResults.Ok(store.Collections().First(known => known.Name == collection));
    }
}
