using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Ratchet.TestKit.Servers;

namespace Ratchet.Gateway.Tests;

/// <summary>A request as a service behind the gateway saw it.</summary>
public sealed record SeenRequest(string Service, string Method, string PathAndQuery, byte[] Content, IReadOnlyDictionary<string, string> Headers)
{
    public string Path => PathAndQuery.Split('?')[0];

    public string Body => Encoding.UTF8.GetString(Content);

    public JsonObject Json => JsonNode.Parse(Body)!.AsObject();
}

/// <summary>The three services behind the gateway, in memory. What is not set up answers 404 or an empty list.</summary>
public sealed class FakeUpstream : HttpMessageHandler
{
    public const string BaseModel = "tiny-base";

    private readonly ConcurrentDictionary<string, Func<SeenRequest, CancellationToken, Task<HttpResponseMessage>>> _routes = new();
    private readonly ConcurrentDictionary<string, List<PipeWriter>> _followers = new();
    private readonly ConcurrentDictionary<string, int> _seq = new();

    public FakeUpstream()
    {
        On("inference", "GET /v1/models", _ => Json(new { @object = "list", data = new[] { Card(BaseModel, null) } }));
        On("trainer", "GET /v1/aliases", _ => Json(new { @object = "list", data = Array.Empty<object>() }));
        On("trainer", "GET /v1/adapters", _ => Json(new { @object = "list", data = Array.Empty<object>() }));
        On("rag", "POST /v1/search", _ => Found(answerable: false));
        On("inference", "POST /v1/chat/completions", request => Completion(request, "An answer."));
    }

    /// <summary>Services that do not answer.</summary>
    public ConcurrentDictionary<string, bool> Away { get; } = new();

    public ConcurrentQueue<SeenRequest> Seen { get; } = new();

    /// <summary>Servers that are not ours, by host.</summary>
    public ServersByHost Network { get; } = new();

    public SeenRequest Last(string service, string path) => Seen.Last(request => request.Service == service && request.Path == path);

    public void On(string service, string route, Func<SeenRequest, HttpResponseMessage> answer) =>
        _routes[$"{service} {route}"] = (request, _) => Task.FromResult(answer(request));

    public void On(string service, string route, Func<SeenRequest, CancellationToken, Task<HttpResponseMessage>> answer) =>
        _routes[$"{service} {route}"] = answer;

    /// <summary>Publishes an event as the service would, to whoever follows it; waits until somebody does.</summary>
    public async Task PublishAsync(string service, string type, object data)
    {
        int seq = _seq.AddOrUpdate(service, 1, (_, last) => last + 1);
        byte[] text = Encoding.UTF8.GetBytes($"id: {seq}\nevent: {type}\ndata: {Wire.Text(data)}\n\n");
        for (int attempt = 0; ; attempt++)
        {
            PipeWriter[] writers = _followers.TryGetValue(service, out List<PipeWriter>? list) ? [.. list] : [];
            if (writers.Length > 0)
            {
                foreach (PipeWriter writer in writers)
                {
                    await writer.WriteAsync(text);
                }

                return;
            }

            Assert.True(attempt < 6000, $"Nobody follows {service}.");
            await Task.Delay(10);
        }
    }

    public static HttpResponseMessage Json(object value, HttpStatusCode status = HttpStatusCode.OK) => new(status)
    {
        Content = new StringContent(Wire.Text(value), Encoding.UTF8, "application/json"),
    };

    public static HttpResponseMessage Error(HttpStatusCode status, string code, string message) =>
        Json(new { error = new { message, type = "invalid_request_error", param = (string?)null, code } }, status);

    public static object Card(string id, string? parent) => new { id, @object = "model", created = 1, owned_by = "ratchet", parent };

    public static HttpResponseMessage Found(bool answerable, params (string Chunk, string Document, string Title, string Text)[] hits) => Json(new
    {
        @object = "list",
        data = hits.Select((hit, index) => new
        {
            chunk = new { id = hit.Chunk, index = 0, text = hit.Text, start = 0, end = hit.Text.Length, token_count = 9, document_id = hit.Document },
            document = new { id = hit.Document, key = hit.Document + "-key", title = hit.Title, collection = "default", version = 1 },
            score = 0.5 / (index + 1),
            dense_rank = index + 1,
        }),
        answerable,
        generation = 1,
        milliseconds = 1.5,
    });

    public static HttpResponseMessage Completion(SeenRequest request, string text, string id = "chatcmpl-1") =>
        (bool?)request.Json["stream"] == true
            ? Events([.. Chunks(request, id, text.Split(' ').Select((word, i) => i == 0 ? word : " " + word)), "[DONE]"])
            : Json(new
            {
                id,
                @object = "chat.completion",
                created = 5,
                model = (string?)request.Json["model"],
                choices = new[] { new { index = 0, message = new { role = "assistant", content = text, tool_mark = 7 }, finish_reason = "stop" } },
                usage = new { prompt_tokens = 3, completion_tokens = 2, total_tokens = 5 },
                system_fingerprint = "fp",
            });

    public static IEnumerable<string> Chunks(SeenRequest request, string id, IEnumerable<string> words) =>
    [
        Chunk(request, id, new { role = "assistant", content = "" }, null),
        .. words.Select(word => Chunk(request, id, new { content = word }, null)),
        Chunk(request, id, new { }, "stop"),
    ];

    public static string Chunk(SeenRequest request, string id, object delta, string? finish) => Wire.Text(new
    {
        id,
        @object = "chat.completion.chunk",
        created = 5,
        model = (string?)request.Json["model"],
        choices = new[] { new { index = 0, delta, finish_reason = finish } },
    });

    public static HttpResponseMessage Events(params IEnumerable<string> data) => Stream(
        new MemoryStream(Encoding.UTF8.GetBytes(string.Concat(data.Select(item => $"data: {item}\n\n")))));

    public static HttpResponseMessage Stream(Stream body)
    {
        var content = new StreamContent(body);
        content.Headers.ContentType = new("text/event-stream");
        return new HttpResponseMessage(HttpStatusCode.OK) { Content = content };
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        string service = request.RequestUri!.Host;
        if (Network.Knows(service))
        {
            return await Network.AnswerAsync(request, cancellationToken);
        }

        if (Away.ContainsKey(service))
        {
            throw new HttpRequestException($"Connection refused ({service})");
        }

        if (request.RequestUri.AbsolutePath == "/events")
        {
            var pipe = new Pipe();
            _followers.GetOrAdd(service, _ => []).Add(pipe.Writer);
            return Stream(pipe.Reader.AsStream());
        }

        var seen = new SeenRequest(
            service,
            request.Method.Method,
            request.RequestUri.PathAndQuery,
            request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken),
            request.Headers.Concat(request.Content?.Headers ?? Enumerable.Empty<KeyValuePair<string, IEnumerable<string>>>())
                .ToDictionary(header => header.Key, header => string.Join(",", header.Value), StringComparer.OrdinalIgnoreCase));
        Seen.Enqueue(seen);
        return _routes.TryGetValue($"{service} {seen.Method} {seen.Path}", out var answer)
            ? await answer(seen, cancellationToken)
            : Error(HttpStatusCode.NotFound, "not_found", $"The double of {service} has no {seen.Method} {seen.Path}.");
    }
}
