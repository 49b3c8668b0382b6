using System.Net.Mime;
using System.Text.Json;
using Ratchet.Contracts.OpenAI;
using Ratchet.Contracts.Trainer;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.ServiceDefaults.Http;
using Ratchet.TrainerService.Registry;

namespace Ratchet.TrainerService.Exports;

/// <summary>Adapters for other programs.</summary>
public static class ExportEndpoints
{
    private const int TypeLengthMax = 16;
    private const int SystemLengthMax = 65_536;

    private static readonly string[] Formats = ["peft", "safetensors", "gguf", "gguf_adapter", "ollama"];

    public static void MapExports(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder exports = routes.MapGroup("/v1/adapters/{id}/exports").WithTags("Exports");
        exports.MapPost("/", (string id, JsonElement body, AdapterStore store, ExportRun run) => run.Start(store.Get(id), Read(body))).WithIdempotencyKey();
        exports.MapGet("/", (string id, AdapterStore store, ExportRun run) => new ListResponse<AdapterExport> { Data = run.List(store.Get(id).Id) });
        exports.MapGet("/{export}", (string id, string export, AdapterStore store, ExportRun run) => run.Get(store.Get(id).Id, export));
        exports.MapGet("/{export}/files/{**name}", (string id, string export, string name, AdapterStore store, ExportRun run) =>
        {
            string path = run.FileOf(store.Get(id).Id, export, name);
            return Results.File(path, MediaTypeNames.Application.Octet, Path.GetFileName(path), enableRangeProcessing: true);
        });
    }

    private static ExportRequest Read(JsonElement body)
    {
        string? format = Text(body, "format", TypeLengthMax);
        return format is not null && Formats.Contains(format)
            ? new ExportRequest { Format = format, Type = Text(body, "type", TypeLengthMax), System = Text(body, "system", SystemLengthMax) }
            : throw ApiException.BadField("format", $"It is {(format is null ? "missing" : $"'{format}'")}; one of {string.Join(", ", Formats)} is needed.");
    }

    private static string? Text(JsonElement body, string name, int lengthMax)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            throw new ApiException(400, "invalid_type", "The body is not a JSON object; one is needed.");
        }

        return !body.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null ? null
            : value.ValueKind == JsonValueKind.String && value.GetString()!.Length <= lengthMax ? value.GetString()
            : throw ApiException.BadField(name, $"A string of at most {lengthMax:N0} characters is needed.");
    }
}
