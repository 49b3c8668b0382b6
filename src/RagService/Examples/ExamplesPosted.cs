using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;
using Ratchet.Contracts;
using Ratchet.Contracts.Rag;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.RagService.Examples;

/// <summary>The body of POST /v1/examples: JSON, or a form with a file.</summary>
/// <param name="Examples">Checked, in the order sent.</param>
/// <param name="Warnings">What the reader of a file could work around.</param>
internal sealed record ExamplesPosted(
    IReadOnlyList<NewExample> Examples, [property: JsonIgnore] IReadOnlyList<string>? Warnings = null)
{
    public static async ValueTask<ExamplesPosted?> BindAsync(HttpContext context)
    {
        RagOptions options = context.RequestServices.GetRequiredService<IOptions<RagOptions>>().Value;
        string? user = context.Request.Headers["X-Ratchet-User"];
        if (context.Request.HasFormContentType)
        {
            return await ExampleFile.ReadAsync(context, options, user);
        }

        if (!context.Request.HasJsonContentType())
        {
            throw new ApiException(
                415,
                "unsupported_media_type",
                $"POST /v1/examples cannot read '{context.Request.ContentType ?? "a body without a content type"}'. Send "
                + "application/json with \"examples\", or multipart/form-data with a file.");
        }

        Bodies.Limit(context, options.DocumentBytesMax, options.DocumentBytesMax);
        ExamplesRequest? request = await context.Request.ReadFromJsonAsync<ExamplesRequest>(
            WireJson.Options, context.RequestAborted);
        return new ExamplesPosted(ExampleChecks.Read(request?.Examples, ExampleSources.Api, user, options));
    }
}
