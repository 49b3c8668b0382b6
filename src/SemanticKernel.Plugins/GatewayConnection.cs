using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ratchet.SemanticKernel.Plugins;

/// <summary>Calls a gateway. What it refuses becomes a <see cref="GatewayException"/> with the gateway's own words.</summary>
internal sealed class GatewayConnection : IDisposable
{
    private const long AnswerBytesMax = 16L << 20;

    private readonly HttpClient _http;

    public GatewayConnection(Uri address, RatchetOptions options)
    {
        Address = new Uri(address.AbsoluteUri.TrimEnd('/') + "/");
        _http = options.Handler is { } handler ? new HttpClient(handler, disposeHandler: false) : new HttpClient();
        _http.BaseAddress = Address;
        _http.Timeout = options.Timeout;
        _http.MaxResponseContentBufferSize = AnswerBytesMax;
        if (options.Key is { Length: > 0 } key)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }
    }

    public Uri Address { get; }

    public Task<JsonNode> GetAsync(string path, CancellationToken cancellation) => SendAsync(HttpMethod.Get, path, null, cancellation);

    public Task<JsonNode> PostAsync(string path, JsonObject body, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Post, path, body, cancellation);

    public Task<JsonNode> PutAsync(string path, JsonObject body, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Put, path, body, cancellation);

    public void Dispose() => _http.Dispose();

    private async Task<JsonNode> SendAsync(HttpMethod method, string path, JsonObject? body, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = JsonContent.Create(body);
        }

        try
        {
            using HttpResponseMessage response = await _http.SendAsync(request, cancellation).ConfigureAwait(false);
            string text = await response.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
            JsonNode? answer = Parse(text);
            return response.IsSuccessStatusCode && answer is not null ? answer : throw new GatewayException(
                (string?)(answer as JsonObject)?["error"]?["message"]
                    ?? $"{method} {Address}{path} answered {(int)response.StatusCode} and no JSON. Is this the address of a Ratchet gateway?");
        }
        catch (HttpRequestException failure)
        {
            throw new GatewayException($"The gateway at {Address} cannot be reached: {failure.Message}", failure);
        }
        catch (TaskCanceledException failure) when (!cancellation.IsCancellationRequested)
        {
            throw new GatewayException($"The gateway at {Address} did not answer within {_http.Timeout.TotalSeconds:0} s.", failure);
        }
    }

    private static JsonNode? Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
