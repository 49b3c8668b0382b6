using Microsoft.AspNetCore.Http.HttpResults;
using Ratchet.Contracts.OpenAI;
using Ratchet.Contracts.Rag;

namespace Ratchet.RagService.Examples;

/// <summary>GET /v1/examples and /v1/examples/{id}.</summary>
internal static class ReadExamples
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/examples", List).WithName("ListExamples").WithTags("Examples")
            .WithSummary("Examples, oldest first; include=passage adds the source chunk's text.");
        routes.MapGet("/v1/examples/{id}", Get).WithName("GetExample").WithTags("Examples")
            .WithSummary("One example with its passage and the batches that hold it.");
    }

    private static Ok<ListResponse<ExampleRecord>> List(
        ExampleStore store,
        string? state = null,
        string? split = null,
        string? collection = null,
        string? document = null,
        string? source = null,
        bool? covered = null,
        bool? counted = null,
        string? text = null,
        string? include = null,
        int? limit = null,
        string? after = null,
        string? order = null)
    {
        int count = Paging.Limit(limit);
        List<string>? states = state is null ? null
            : [.. state.Split(',', StringSplitOptions.TrimEntries).Select(one => Names.OneOf("state", one, ExampleStates.All))];
        bool withPassage = include is not null && Names.OneOf("include", include, ["passage"]) == "passage";
        List<ExampleRecord> found = store.List(
            new ExampleQuery(
                null, Names.Split(split), collection, document, source, covered, counted, text, withPassage, null, after,
                order is null ? null : Names.OneOf("order", order, ["asc", "desc"])),
            states,
            count);
        return TypedResults.Ok(Paging.Page(found, count, record => record.Id));
    }

    private static Ok<ExampleRecord> Get(string id, ExampleStore store) => TypedResults.Ok(store.Get(id));
}
