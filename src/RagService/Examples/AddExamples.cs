using Microsoft.AspNetCore.Http.HttpResults;
using Ratchet.Contracts.Rag;
using Ratchet.RagService.Infrastructure.Sqlite;
using Ratchet.ServiceDefaults.Http;

namespace Ratchet.RagService.Examples;

/// <summary>POST /v1/examples: takes examples from JSON or from a file; all or none.</summary>
internal static class AddExamples
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/v1/examples", HandleAsync)
        .WithName(nameof(AddExamples))
        .WithTags("Examples")
        .WithSummary("Adds question and answer pairs to the review queue.")
        .Accepts<ExamplesRequest>("application/json", "multipart/form-data")
        .WithIdempotencyKey();

    private static async Task<Ok<ExamplesAdded>> HandleAsync(
        ExamplesPosted posted,
        KnowledgeDatabase database,
        ExampleWriter writer,
        ExampleStore store,
        CancellationToken cancellation)
    {
        AddedExamples added = await database.WriteAsync(write => writer.Add(write, posted.Examples), cancellation);
        return TypedResults.Ok(new ExamplesAdded(
            store.Get(added.Ids), added.Added, added.Ids.Count - added.Added, posted.Warnings));
    }
}
