using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Ratchet.Contracts.Rag;
using Ratchet.RagService.Documents;
using Ratchet.RagService.Telemetry;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.RagService.Search;

/// <summary>POST /v1/search: the passages that answer a question, and whether any seems to.</summary>
internal static class SearchKnowledge
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(20);

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/v1/search", HandleAsync)
        .AddEndpointFilter((context, next) =>
            context.HttpContext.RequestServices.GetRequiredService<RetrievalTelemetry>().SearchAsync(context, next))
        .WithName(nameof(SearchKnowledge))
        .WithTags("Search")
        .WithSummary("Finds passages by meaning and by words.");

    private static async Task<Ok<SearchResponse>> HandleAsync(
        SearchRequest request,
        KnowledgeSearch search,
        IndexState state,
        IOptions<SearchOptions> searchOptions,
        IOptions<RagOptions> ragOptions,
        CancellationToken cancellation)
    {
        var query = SearchQuery.Read(request, searchOptions.Value, ragOptions.Value);
        try
        {
            await state.Ready.WaitAsync(StartPatience, cancellation);
        }
        catch (TimeoutException)
        {
            throw new ApiException(
                503, "index_not_ready", "The index is still being filled from the database. Ask again in a few seconds.")
            {
                RetryAfter = TimeSpan.FromSeconds(5),
            };
        }

        return TypedResults.Ok(await search.FindAsync(query, cancellation));
    }
}
