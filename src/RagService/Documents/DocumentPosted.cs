using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;
using Ratchet.Contracts;
using Ratchet.Contracts.Rag;
using Ratchet.RagService.Search;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.RagService.Documents;

/// <summary>The body of POST /v1/documents: JSON with text, or a form with one file or several.</summary>
/// <param name="Sha256">Of all content, so that a repeated Idempotency-Key can be held against it.</param>
internal sealed record DocumentPosted([property: JsonIgnore] IReadOnlyList<DocumentSubmission> Submissions, string Sha256)
{
    private const int FormOverhead = 64 << 10;

    public static async ValueTask<DocumentPosted?> BindAsync(HttpContext context)
    {
        RagOptions options = context.RequestServices.GetRequiredService<IOptions<RagOptions>>().Value;
        IReadOnlyList<DocumentSubmission> submissions = context.Request.HasFormContentType
            ? await FromFormAsync(context, options)
            : [await FromJsonAsync(context, options)];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (DocumentSubmission submission in submissions)
        {
            hash.AppendData(submission.Content);
            hash.AppendData(Encoding.UTF8.GetBytes($"\n{submission.Collection}\n{submission.Key}\n{submission.Title}\n"));
        }

        return new DocumentPosted(submissions, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    private static async Task<DocumentSubmission> FromJsonAsync(HttpContext context, RagOptions options)
    {
        if (!context.Request.HasJsonContentType())
        {
            throw new ApiException(
                415,
                "unsupported_media_type",
                $"POST /v1/documents cannot read '{context.Request.ContentType ?? "a body without a content type"}'. Send "
                + "application/json with \"text\", or multipart/form-data with a file.");
        }

        // Escapes may make six characters of one.
        Bodies.Limit(context, (options.DocumentBytesMax * 6) + FormOverhead, options.DocumentBytesMax);
        DocumentPush push = await context.Request.ReadFromJsonAsync<DocumentPush>(WireJson.Options, context.RequestAborted)
            ?? throw ApiException.BadField("text", "The body is null. Send {\"key\":…,\"text\":…}.");
        byte[] content = Encoding.UTF8.GetBytes(push.Text ?? "");
        if (content.Length > options.DocumentBytesMax)
        {
            throw Bodies.TooLarge(options.DocumentBytesMax);
        }

        string? key = string.IsNullOrWhiteSpace(push.Key) ? null : Names.Key(push.Key);
        string mediaType = push.MediaType is null ? "text/markdown"
            : TextExtractor.Known(push.MediaType) ?? throw ApiException.BadField(
                "media_type",
                $"The media type is '{Names.Shown(push.MediaType)}'; documents are taken as text/plain, text/markdown, text/html, "
                + "text/csv, application/json or application/jsonl.");
        return new DocumentSubmission(
            key ?? "the document", content, mediaType, "push", Names.Collection(push.Collection, options), key,
            Title(push.Title), FilterReader.Metadata(push.Metadata), Names.Split(push.Split));
    }

    private static async Task<IReadOnlyList<DocumentSubmission>> FromFormAsync(HttpContext context, RagOptions options)
    {
        IFormCollection form = await Bodies.ReadFormAsync(context, options.DocumentBytesMax);
        if (form.Files.Count == 0)
        {
            throw ApiException.BadField("file", "The form holds no file. Send one or several as parts named 'file'.");
        }

        string collection = Names.Collection(form["collection"], options);
        string? split = Names.Split(form["split"]);
        string? key = form["key"] is [{ Length: > 0 } given] ? Names.Key(given) : null;
        if (key is not null && form.Files.Count > 1)
        {
            throw ApiException.BadField("key", "One key cannot name several files. Leave it out: each file's name is its key.");
        }

        IReadOnlyDictionary<string, string>? metadata = ReadMetadata(form["metadata"]);
        var submissions = new List<DocumentSubmission>(form.Files.Count);
        foreach (IFormFile file in form.Files)
        {
            string name = Path.GetFileName(file.FileName);
            string mediaType = TextExtractor.MediaTypeOf(name) ?? throw new ApiException(
                415,
                "unsupported_document",
                $"'{Names.Shown(name)}' is a kind of file that is not taken. Documents are taken as: {TextExtractor.Taken}. "
                + "Convert it, or save it as text.",
                "file");
            if (file.Length > options.DocumentBytesMax)
            {
                throw Bodies.TooLarge(options.DocumentBytesMax);
            }

            submissions.Add(new DocumentSubmission(
                name, await Bodies.ReadAllAsync(file, context.RequestAborted), mediaType, "upload", collection,
                key ?? Names.Key(name), Title(form["title"]), metadata, split));
        }

        return submissions;
    }

    private static Dictionary<string, string>? ReadMetadata(string? json)
    {
        if (string.IsNullOrWhiteSpace(json))
        {
            return null;
        }

        try
        {
            return FilterReader.Metadata(JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(json, WireJson.Options));
        }
        catch (JsonException)
        {
            throw ApiException.BadField("metadata", "The metadata part is not a JSON object. Send for example {\"team\":\"sales\"}.");
        }
    }

    private static string? Title(string? given)
    {
        const int TitleLengthMax = 300;
        string? title = given?.Trim();
        return string.IsNullOrEmpty(title) ? null
            : title.Length <= TitleLengthMax ? title
            : throw ApiException.BadField(
                "title", $"The title has {title.Length} characters; at most {TitleLengthMax} are taken.");
    }
}
