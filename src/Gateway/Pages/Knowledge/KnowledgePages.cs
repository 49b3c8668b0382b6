using Microsoft.AspNetCore.Mvc;
using Ratchet.Contracts.OpenAI;
using Ratchet.Contracts.Rag;
using Ratchet.Gateway.Access;

namespace Ratchet.Gateway.Pages.Knowledge;

/// <summary>Documents: all of them, one of them, adding and deleting.</summary>
public static class KnowledgePages
{
    private const int DocumentsMax = 1000;
    private const int HitsMax = 10;

    public static void MapKnowledgePages(this IEndpointRouteBuilder routes, GatewayOptions options)
    {
        RouteGroupBuilder pages = routes.MapGroup("/knowledge")
            .ExcludeFromDescription()
            .WithMetadata(new RequiredRole(Role.Reader, Role.Curator));
        pages.MapGet("", async (HttpContext http, RagClient rag, string? query, string? collection) =>
        {
            KnowledgeView view = await LoadAsync(rag, collection, http.RequestAborted);
            return PageResult.Of<KnowledgePage, KnowledgeView>(http, string.IsNullOrWhiteSpace(query) ? view : view with
            {
                Query = query,
                Found = await rag.SearchAsync(
                    new SearchRequest(query, Blank(collection), HitsMax), http.RequestAborted),
            });
        });
        pages.MapPost("", AddAsync).WithMetadata(new RequestSizeLimitAttribute(options.DocumentBytesMax));
        pages.MapGet("/{id}", async (string id, HttpContext http, RagClient rag) =>
        {
            Task<DocumentRecord> document = rag.GetDocumentAsync(id, cancellation: http.RequestAborted);
            Task<ListResponse<ChunkRecord>> chunks = rag.GetChunksAsync(id, http.RequestAborted);
            Task<DocumentReach> reach = rag.GetReachAsync(id, http.RequestAborted);
            return PageResult.Of<DocumentPage, DocumentView>(
                http, new DocumentView(await document, (await chunks).Data, await reach));
        });
        pages.MapPost("/{id}/delete", async (string id, HttpContext http, RagClient rag) =>
        {
            await rag.DeleteDocumentAsync(id, http.RequestAborted);
            return PageResult.Done("/knowledge", "deleted");
        });
    }

    private static async Task<IResult> AddAsync(HttpContext http, RagClient rag)
    {
        IFormCollection form = await http.Request.ReadFormAsync(http.RequestAborted);
        string? collection = form.Text("collection");
        string? text = form.Text("text");
        try
        {
            IFormFile[] files = [.. form.Files.Where(file => file.Length > 0)];
            foreach (IFormFile file in files)
            {
                await using Stream content = file.OpenReadStream();
                await rag.UploadDocumentAsync(
                    content, Path.GetFileName(file.FileName), new DocumentUpload(collection), http.RequestAborted);
            }

            if (text is not null)
            {
                await rag.PushDocumentAsync(
                    new DocumentPush(text, null, collection, form.Text("title")), cancellation: http.RequestAborted);
            }

            if (files.Length > 0 || text is not null)
            {
                return PageResult.Done("/knowledge", "uploaded");
            }

            string nothing = PageResult.Reader(http).Say(KnowledgeStrings.NothingToAdd);
            return await AgainAsync(new ErrorView(400, nothing));
        }
        catch (Exception failure) when (PageErrors.Read(failure) is { } error)
        {
            return await AgainAsync(error);
        }

        async Task<IResult> AgainAsync(ErrorView error)
        {
            KnowledgeView view = await LoadAsync(rag, collection, http.RequestAborted);
            return PageResult.Of<KnowledgePage, KnowledgeView>(
                http, view with { Error = error, Text = text, Title = form.Text("title"), Collection = collection }, error.Status);
        }
    }

    private static async Task<KnowledgeView> LoadAsync(RagClient rag, string? collection, CancellationToken cancellation)
    {
        Task<KnowledgeStats> stats = rag.GetStatsAsync(cancellation);
        ListResponse<DocumentRecord> documents = await rag.GetDocumentsAsync(
            new DocumentQuery(Blank(collection), Limit: DocumentsMax), cancellation);
        return new KnowledgeView
        {
            Stats = await stats,
            Documents = documents.Data,
            HasMore = documents.HasMore,
            Collection = collection,
        };
    }

    private static string? Blank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
