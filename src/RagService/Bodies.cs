using Microsoft.AspNetCore.Http.Features;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.RagService;

/// <summary>Reads request bodies that may be large, within limits.</summary>
internal static class Bodies
{
    private const int FormOverhead = 64 << 10;

    /// <summary>Refuses a body that says it is too long, and bounds one that does not say.</summary>
    public static void Limit(HttpContext context, long bodyBytesMax, long shownBytesMax)
    {
        if (context.Request.ContentLength > bodyBytesMax)
        {
            throw TooLarge(shownBytesMax);
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = bodyBytesMax;
        }
    }

    public static async Task<IFormCollection> ReadFormAsync(HttpContext context, long fileBytesMax)
    {
        // A few files of the largest size may come together.
        const int FilesMax = 8;
        long bodyMax = (fileBytesMax * FilesMax) + FormOverhead;
        Limit(context, bodyMax, fileBytesMax);
        try
        {
            return await context.Request.ReadFormAsync(
                new FormOptions { MultipartBodyLengthLimit = fileBytesMax, ValueLengthLimit = FormOverhead },
                context.RequestAborted);
        }
        catch (InvalidDataException broken) when (broken.Message.Contains("limit", StringComparison.OrdinalIgnoreCase))
        {
            throw TooLarge(fileBytesMax);
        }
        catch (Exception broken) when (broken is InvalidDataException or IOException)
        {
            throw new ApiException(
                400, "invalid_form", $"The form could not be read: {broken.Message} Send multipart/form-data with a boundary.");
        }
    }

    public static async Task<byte[]> ReadAllAsync(IFormFile file, CancellationToken cancellation)
    {
        byte[] content = new byte[file.Length];
        await using Stream stream = file.OpenReadStream();
        await stream.ReadExactlyAsync(content, cancellation);
        return content;
    }

    public static ApiException TooLarge(long bytesMax) => new(
        413,
        "file_too_large",
        $"The content is larger than the limit of {bytesMax:N0} bytes. Split it, or raise Rag:DocumentBytesMax.",
        "file");
}
