using Microsoft.AspNetCore.Http.HttpResults;
using Ratchet.Contracts.OpenAI;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.ServiceDefaults.Http;

namespace Ratchet.TrainerService.Datasets;

/// <summary>OpenAI's /v1/files.</summary>
public static class FileEndpoints
{
    private const int LimitMax = 10_000;

    public static void MapFiles(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder files = routes.MapGroup("/v1/files").WithTags("Files");
        files.MapPost("/", CreateAsync).DisableAntiforgery().WithIdempotencyKey();
        files.MapGet("/", List);
        files.MapGet("/{id}", (string id, FileStore store) => FileView.Of(store.Get(id)));
        files.MapGet("/{id}/content", Content);
        files.MapDelete("/{id}", Delete);
    }

    private static async Task<FileView> CreateAsync(HttpContext context, FileUpload upload, CancellationToken cancellation) =>
        FileView.Of(await upload.ReceiveAsync(context, cancellation));

    private static ListResponse<FileView> List(
        FileStore store, string? purpose = null, string? after = null, string? order = null, int limit = LimitMax)
    {
        IEnumerable<FileRecord> files = store.List(purpose);
        files = order switch
        {
            null or "desc" => files,
            "asc" => files.Reverse(),
            _ => throw ApiException.BadField("order", $"'{order}' was found; 'asc' or 'desc' is needed."),
        };
        return ListSlice.Of(files.Select(FileView.Of), file => file.Id, after, limit, LimitMax, ends: true);
    }

    private static PhysicalFileHttpResult Content(string id, FileStore store)
    {
        FileRecord file = store.Get(id);
        return TypedResults.PhysicalFile(store.PathOf(file.Id), "application/octet-stream", file.Filename);
    }

    private static DeletedResponse Delete(string id, FileStore store, IFileUse use)
    {
        FileRecord file = store.Get(id);
        if (use.UserOf(file.Id) is { } job)
        {
            throw new ApiException(
                409, "file_in_use", $"'{id}' is needed by the job {job}, which has not ended. Cancel the job first, or wait.", "id");
        }

        store.Delete(file.Id);
        return new DeletedResponse(file.Id, "file");
    }
}
