using Microsoft.AspNetCore.Mvc;
using Ratchet.Contracts.OpenAI;
using Ratchet.Contracts.Rag;
using Ratchet.Gateway.Access;

namespace Ratchet.Gateway.Pages.Review;

/// <summary>The review queue: show, decide, import.</summary>
public static class ReviewPages
{
    private const int QueueMax = 500;

    public static void MapReviewPages(this IEndpointRouteBuilder routes, GatewayOptions options)
    {
        RouteGroupBuilder pages = routes.MapGroup("/review")
            .ExcludeFromDescription()
            .WithMetadata(new RequiredRole(Role.Reader, Role.Curator));
        pages.MapGet("", async (HttpContext http, RagClient rag, string? id) => PageResult.Of<ReviewPage, ReviewView>(
            http, await LoadAsync(rag, ReviewFilter.Read(http.Request.Query), id, http.RequestAborted)));
        pages.MapPost("/{id}", DecideAsync);
        pages.MapPost("", ImportAsync).WithMetadata(new RequestSizeLimitAttribute(options.DocumentBytesMax));
    }

    private static async Task<IResult> DecideAsync(string id, HttpContext http, RagClient rag)
    {
        IFormCollection form = await http.Request.ReadFormAsync(http.RequestAborted);
        string? question = form.Text("question");
        string? answer = form.Text("answer");
        try
        {
            ExampleRecord before = await rag.GetExampleAsync(id, http.RequestAborted);
            bool approves = form["do"] != "reject";
            await rag.ReviewExampleAsync(
                id,
                new ExampleUpdate(
                    approves ? ExampleStates.Approved : ExampleStates.Rejected,
                    approves && !SameText(question, before.Question) ? question : null,
                    approves && !SameText(answer, before.Answer) ? answer : null,
                    Caller.Of(http).Name),
                http.RequestAborted);
            return PageResult.Done(Local(form["back"]), "reviewed");
        }
        catch (Exception failure) when (PageErrors.Read(failure) is { } error)
        {
            var filter = ReviewFilter.Read(new QueryCollection(
                Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(new Uri(new Uri("http://local"), Local(form["here"])).Query)));
            ReviewView view = await LoadAsync(rag, filter, id, http.RequestAborted);
            return PageResult.Of<ReviewPage, ReviewView>(
                http, view with { Error = error, Question = question, Answer = answer }, error.Status);
        }
    }

    private static async Task<IResult> ImportAsync(HttpContext http, RagClient rag)
    {
        IFormCollection form = await http.Request.ReadFormAsync(http.RequestAborted);
        try
        {
            foreach (IFormFile file in form.Files)
            {
                await using Stream content = file.OpenReadStream();
                await rag.ImportExamplesAsync(
                    content, Path.GetFileName(file.FileName), form.Text("collection"), cancellation: http.RequestAborted);
            }

            return TypedResults.LocalRedirect("/review");
        }
        catch (Exception failure) when (PageErrors.Read(failure) is { } error)
        {
            ReviewView view = await LoadAsync(
                rag, new ReviewFilter(ExampleStates.Proposed, null, form.Text("collection"), null), null, http.RequestAborted);
            return PageResult.Of<ReviewPage, ReviewView>(http, view with { Error = error }, error.Status);
        }
    }

    private static async Task<ReviewView> LoadAsync(RagClient rag, ReviewFilter filter, string? id, CancellationToken cancellation)
    {
        Task<KnowledgeStats> stats = rag.GetStatsAsync(cancellation);
        ListResponse<ExampleRecord> queue = await rag.GetExamplesAsync(
            new ExampleQuery(
                filter.State == "all" ? null : filter.State, Collection: filter.Collection, DocumentId: filter.Document,
                Source: filter.Source, Passage: true, Limit: QueueMax),
            cancellation);
        return new ReviewView
        {
            Stats = await stats,
            Filter = filter,
            Ids = [.. queue.Data.Select(example => example.Id)],
            Example = queue.Data.FirstOrDefault(example => example.Id == id) ?? (queue.Data.Count > 0 ? queue.Data[0] : null),
        };
    }

    // A browser sends every line end as CR LF; that alone is no change.
    private static bool SameText(string? typed, string kept) =>
        typed is null || typed.ReplaceLineEndings("\n") == kept.Trim().ReplaceLineEndings("\n");

    private static string Local(string? path) =>
        path is not null && path.StartsWith("/review", StringComparison.Ordinal) ? path : "/review";
}
