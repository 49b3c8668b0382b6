using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Ratchet.Contracts.OpenAI;

namespace Ratchet.Contracts.Rag;

/// <summary>Calls the RagService.</summary>
/// <param name="http">Its base address is the service's.</param>
/// <remarks>A refusal throws <see cref="RagRequestException"/> with the service's own words.</remarks>
public sealed class RagClient(HttpClient http)
{
    public Task<DocumentRecord> PushDocumentAsync(
        DocumentPush document, string? idempotencyKey = null, CancellationToken cancellation = default) =>
        SendAsync<DocumentRecord>(HttpMethod.Post, "v1/documents", Body(document), cancellation, idempotencyKey);

    public async Task<DocumentRecord> UploadDocumentAsync(
        Stream content, string fileName, DocumentUpload? about = null, CancellationToken cancellation = default)
    {
        using var form = new MultipartFormDataContent();
        using var file = new StreamContent(content);
        form.Add(file, "file", fileName);
        Add(form, "collection", about?.Collection);
        Add(form, "key", about?.Key);
        Add(form, "title", about?.Title);
        Add(form, "split", about?.Split);
        Add(form, "metadata", about?.Metadata is { } metadata ? JsonSerializer.Serialize(metadata, WireJson.Options) : null);
        return await SendAsync<DocumentRecord>(HttpMethod.Post, "v1/documents", form, cancellation);
    }

    public Task<ListResponse<DocumentRecord>> GetDocumentsAsync(
        DocumentQuery? query = null, CancellationToken cancellation = default) =>
        SendAsync<ListResponse<DocumentRecord>>(HttpMethod.Get, "v1/documents" + Query(
            ("collection", query?.Collection), ("state", query?.State), ("key", query?.Key), ("text", query?.Text),
            ("limit", Text(query?.Limit)), ("after", query?.After)), null, cancellation);

    public Task<DocumentRecord> GetDocumentAsync(
        string id, bool withText = false, CancellationToken cancellation = default) =>
        SendAsync<DocumentRecord>(
            HttpMethod.Get, $"v1/documents/{Escape(id)}{(withText ? "?include=text" : "")}", null, cancellation);

    public Task<ListResponse<ChunkRecord>> GetChunksAsync(string documentId, CancellationToken cancellation = default) =>
        SendAsync<ListResponse<ChunkRecord>>(HttpMethod.Get, $"v1/documents/{Escape(documentId)}/chunks", null, cancellation);

    public Task<DocumentReach> GetReachAsync(string documentId, CancellationToken cancellation = default) =>
        SendAsync<DocumentReach>(HttpMethod.Get, $"v1/documents/{Escape(documentId)}/reach", null, cancellation);

    public Task<DocumentDeleted> DeleteDocumentAsync(string id, CancellationToken cancellation = default) =>
        SendAsync<DocumentDeleted>(HttpMethod.Delete, $"v1/documents/{Escape(id)}", null, cancellation);

    public Task<SearchResponse> SearchAsync(SearchRequest request, CancellationToken cancellation = default) =>
        SendAsync<SearchResponse>(HttpMethod.Post, "v1/search", Body(request), cancellation);

    public Task<ExamplesAdded> AddExamplesAsync(
        ExamplesRequest request, string? idempotencyKey = null, CancellationToken cancellation = default) =>
        SendAsync<ExamplesAdded>(HttpMethod.Post, "v1/examples", Body(request), cancellation, idempotencyKey);

    public async Task<ExamplesAdded> ImportExamplesAsync(
        Stream content, string fileName, string? collection = null, string? state = null, string? split = null,
        CancellationToken cancellation = default)
    {
        using var form = new MultipartFormDataContent();
        using var file = new StreamContent(content);
        form.Add(file, "file", fileName);
        Add(form, "collection", collection);
        Add(form, "state", state);
        Add(form, "split", split);
        return await SendAsync<ExamplesAdded>(HttpMethod.Post, "v1/examples", form, cancellation);
    }

    public Task<ListResponse<ExampleRecord>> GetExamplesAsync(
        ExampleQuery? query = null, CancellationToken cancellation = default) =>
        SendAsync<ListResponse<ExampleRecord>>(HttpMethod.Get, "v1/examples" + Query(
            ("state", query?.State), ("split", query?.Split), ("collection", query?.Collection),
            ("document", query?.DocumentId), ("source", query?.Source), ("covered", Text(query?.Covered)),
            ("counted", Text(query?.Counted)), ("text", query?.Text), ("limit", Text(query?.Limit)),
            ("after", query?.After), ("order", query?.Order),
            ("include", query?.Passage == true ? "passage" : null)), null, cancellation);

    /// <summary>All examples of a query, page by page.</summary>
    public async IAsyncEnumerable<ExampleRecord> GetAllExamplesAsync(
        ExampleQuery query, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        const int PageLength = 500;
        for (string? after = query.After; ;)
        {
            ListResponse<ExampleRecord> page =
                await GetExamplesAsync(query with { Limit = PageLength, After = after }, cancellation);
            foreach (ExampleRecord example in page.Data)
            {
                yield return example;
            }

            if (!page.HasMore || page.Data.Count == 0)
            {
                yield break;
            }

            after = page.Data[^1].Id;
        }
    }

    public Task<ExampleRecord> GetExampleAsync(string id, CancellationToken cancellation = default) =>
        SendAsync<ExampleRecord>(HttpMethod.Get, $"v1/examples/{Escape(id)}", null, cancellation);

    public Task<ExampleRecord> ReviewExampleAsync(
        string id, ExampleUpdate update, CancellationToken cancellation = default) =>
        SendAsync<ExampleRecord>(HttpMethod.Patch, $"v1/examples/{Escape(id)}", Body(update), cancellation);

    public Task<BatchRecord> SealBatchAsync(
        SealBatchRequest? request = null, string? idempotencyKey = null, CancellationToken cancellation = default) =>
        SendAsync<BatchRecord>(
            HttpMethod.Post, "v1/batches", Body(request ?? new SealBatchRequest()), cancellation, idempotencyKey);

    public Task<ListResponse<BatchRecord>> GetBatchesAsync(
        int? limit = null, string? after = null, CancellationToken cancellation = default) =>
        SendAsync<ListResponse<BatchRecord>>(
            HttpMethod.Get, "v1/batches" + Query(("limit", Text(limit)), ("after", after)), null, cancellation);

    public Task<BatchRecord> GetBatchAsync(string id, CancellationToken cancellation = default) =>
        SendAsync<BatchRecord>(HttpMethod.Get, $"v1/batches/{Escape(id)}", null, cancellation);

    /// <summary>The batch's canonical JSONL, byte for byte: its SHA-256 is in its id.</summary>
    public async Task<byte[]> GetBatchContentAsync(string id, CancellationToken cancellation = default)
    {
        using HttpResponseMessage answer = await http.GetAsync($"v1/batches/{Escape(id)}/content", cancellation);
        await ThrowIfRefusedAsync(answer, cancellation);
        return await answer.Content.ReadAsByteArrayAsync(cancellation);
    }

    public Task<FeedbackRecord> SendFeedbackAsync(
        FeedbackRequest request, string? idempotencyKey = null, CancellationToken cancellation = default) =>
        SendAsync<FeedbackRecord>(HttpMethod.Post, "v1/feedback", Body(request), cancellation, idempotencyKey);

    public Task<ListResponse<FeedbackRecord>> GetFeedbackAsync(
        int? limit = null, string? after = null, CancellationToken cancellation = default) =>
        SendAsync<ListResponse<FeedbackRecord>>(
            HttpMethod.Get, "v1/feedback" + Query(("limit", Text(limit)), ("after", after)), null, cancellation);

    /// <summary>Pairs of answers of which one was preferred, newest first.</summary>
    public Task<ListResponse<PreferencePair>> GetPairsAsync(
        string? collection = null, int? limit = null, string? after = null, CancellationToken cancellation = default) =>
        SendAsync<ListResponse<PreferencePair>>(
            HttpMethod.Get, "v1/feedback/pairs" + Query(("collection", collection), ("limit", Text(limit)), ("after", after)), null, cancellation);

    public Task<KnowledgeStats> GetStatsAsync(CancellationToken cancellation = default) =>
        SendAsync<KnowledgeStats>(HttpMethod.Get, "v1/knowledge/stats", null, cancellation);

    public Task<ListResponse<CollectionRecord>> GetCollectionsAsync(CancellationToken cancellation = default) =>
        SendAsync<ListResponse<CollectionRecord>>(HttpMethod.Get, "v1/collections", null, cancellation);

    public Task<CollectionRecord> PutCollectionAsync(
        string name, CollectionUpdate update, CancellationToken cancellation = default) =>
        SendAsync<CollectionRecord>(HttpMethod.Put, $"v1/collections/{Escape(name)}", Body(update), cancellation);

    private async Task<T> SendAsync<T>(
        HttpMethod method, string path, HttpContent? content, CancellationToken cancellation, string? idempotencyKey = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = content };
        if (idempotencyKey is not null)
        {
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        }

        using HttpResponseMessage answer = await http.SendAsync(request, cancellation);
        await ThrowIfRefusedAsync(answer, cancellation);
        return await answer.Content.ReadFromJsonAsync<T>(WireJson.Options, cancellation)
            ?? throw new RagRequestException((int)answer.StatusCode, "empty_answer", $"{method} {path} answered nothing.");
    }

    private static async Task ThrowIfRefusedAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        if (answer.IsSuccessStatusCode)
        {
            return;
        }

        string body = await answer.Content.ReadAsStringAsync(cancellation);
        string? code = null, param = null, message = null;
        try
        {
            using var json = JsonDocument.Parse(body);
            if (json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("error", out JsonElement error)
                && error.ValueKind == JsonValueKind.Object)
            {
                code = Member(error, "code");
                param = Member(error, "param");
                message = Member(error, "message");
            }
        }
        catch (JsonException)
        {
            // Not our service's words (a proxy's page, a cut answer): the status has to speak.
        }

        throw new RagRequestException(
            (int)answer.StatusCode, code, message ?? $"The RagService answered {(int)answer.StatusCode}.", param);
    }

    private static string? Member(JsonElement error, string name) =>
        error.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString() : null;

    private static JsonContent Body<T>(T value)
    {
        // Without the charset parameter: some strict readers want the bare type.
        return JsonContent.Create(value, new MediaTypeHeaderValue("application/json"), WireJson.Options);
    }

    private static void Add(MultipartFormDataContent form, string name, string? value)
    {
        if (value is not null)
        {
            // The form owns its parts from here and disposes of them.
#pragma warning disable CA2000
            form.Add(new StringContent(value), name);
#pragma warning restore CA2000
        }
    }

    private static string Query(params ReadOnlySpan<(string Name, string? Value)> parts)
    {
        var kept = new List<string>();
        foreach ((string name, string? value) in parts)
        {
            if (value is not null)
            {
                kept.Add($"{name}={Escape(value)}");
            }
        }

        return kept.Count == 0 ? "" : "?" + string.Join('&', kept);
    }

    private static string? Text(int? value) => value?.ToString(CultureInfo.InvariantCulture);

    private static string? Text(bool? value) => value switch { true => "true", false => "false", null => null };

    private static string Escape(string text) => Uri.EscapeDataString(text);
}
