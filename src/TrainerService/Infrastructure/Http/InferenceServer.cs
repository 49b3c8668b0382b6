using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Ratchet.Contracts;
using Ratchet.Contracts.OpenAI;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.ServiceDefaults.Http;
using Ratchet.ServiceDefaults.Storage;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Infrastructure.Http;

/// <summary>vLLM's adapter routes, which are our InferenceService's too, on each server.</summary>
/// <remarks>
/// An adapter counts as loaded where /v1/models names it. A server that does not answer is left out: nobody is sent to it for an
/// adapter that it does not name, and it is given what it lacks when it is back.
/// </remarks>
public sealed partial class InferenceServer(
    IHttpClientFactory clients, ServingReplicas replicas, IOptions<ServingOptions> options, ILogger<InferenceServer> logger)
    : IAdapterServer
{
    private const long AnswerBytesMax = 16L << 20;

    public async Task LoadAsync(string id, string folder, CancellationToken cancellation)
    {
        string path = FolderMap.Translate(options.Value.Paths, folder);
        await OnAllAsync(server => LoadAsync(server, id, path, cancellation));
    }

    public async Task UnloadAsync(string id, CancellationToken cancellation) => await OnAllAsync(async server =>
    {
        (int status, string text) = await PostAsync(
            server, "v1/unload_lora_adapter", new UnloadLoraAdapterRequest { LoraName = id }, cancellation);
        if (status is >= 400 and not 404)
        {
            throw new ApiException(
                502, "adapter_not_unloaded", $"The inference server {server} did not unload '{id}': {Message(text)}");
        }

        return true;
    });

    public async Task<IReadOnlyList<ServedAdapter>> ListAsync(CancellationToken cancellation)
    {
        IReadOnlyList<IReadOnlyList<string>> lists = await OnAllAsync(server => ListAsync(server, cancellation));
        return
        [
            .. lists.SelectMany(list => list.Distinct()).GroupBy(id => id)
                .Select(group => new ServedAdapter(group.Key, group.Count() == lists.Count)),
        ];
    }

    private async Task<bool> LoadAsync(Uri server, string id, string path, CancellationToken cancellation)
    {
        if ((await ListAsync(server, cancellation)).Contains(id))
        {
            return true;
        }

        (int status, string text) = await PostAsync(
            server, "v1/load_lora_adapter", new LoadLoraAdapterRequest { LoraName = id, LoraPath = path }, cancellation);

        // Two loads of one id may meet; the later one finds it done.
        if (status >= 400 && !text.Contains("already been loaded", StringComparison.Ordinal))
        {
            throw new ApiException(
                status >= 500 ? 503 : 502, "adapter_not_loaded",
                $"The inference server {server} did not load '{id}' from {path}: {Message(text)}{Remedy(status, text)}");
        }

        if (!(await ListAsync(server, cancellation)).Contains(id))
        {
            throw new ApiException(
                502, "adapter_not_loaded",
                $"The inference server {server} said that it loaded '{id}', and GET /v1/models does not name it. Look at its log.");
        }

        if (replicas.IsExternal)
        {
            await WarmAsync(server, id, cancellation);
        }

        return true;
    }

    // vLLM reads an adapter's weights onto the device at its first use: the first person to ask should not wait for that.
    private async Task WarmAsync(Uri server, string id, CancellationToken cancellation)
    {
        (int status, string text) = await PostAsync(
            server, "v1/completions", new { Model = id, Prompt = "Hello", MaxTokens = 1, Temperature = 0 }, cancellation);
        if (status < 400)
        {
            return;
        }

        await PostAsync(server, "v1/unload_lora_adapter", new UnloadLoraAdapterRequest { LoraName = id }, cancellation);
        throw new ApiException(
            502, "adapter_not_loaded",
            $"The inference server {server} loaded '{id}' and answered {status} to the first request for it: {Message(text)}");
    }

    private async Task<IReadOnlyList<string>> ListAsync(Uri server, CancellationToken cancellation)
    {
        (int status, string text) = await SendAsync(server, HttpMethod.Get, "v1/models", null, cancellation);
        if (status >= 500)
        {
            throw Away(server, $"it answered {status}");
        }

        if (status >= 400)
        {
            throw new ApiException(
                502, "inference_refuses", $"The inference server {server} answered {status} to GET /v1/models: {Message(text)}{Remedy(status, text)}");
        }

        try
        {
            ListResponse<ModelCard>? list = JsonSerializer.Deserialize<ListResponse<ModelCard>>(text, WireJson.Options);
            return [.. (list?.Data ?? []).Where(card => card.Parent is not null).Select(card => card.Id)];
        }
        catch (JsonException e)
        {
            throw Away(server, $"its list of models cannot be read: {e.Message}");
        }
    }

    // All that answer, or none and the reason. A refusal counts more than an absence: it would come again.
    private async Task<IReadOnlyList<T>> OnAllAsync<T>(Func<Uri, Task<T>> ask)
    {
        (Uri Server, T? Answer, ApiException? Fault)[] all = await Task.WhenAll(replicas.All.Select(async server =>
        {
            try
            {
                return (server, await ask(server), (ApiException?)null);
            }
            catch (ApiException e)
            {
                return (server, default(T), e);
            }
        }));
        if (all.FirstOrDefault(one => one.Fault is { Code: not "inference_unavailable" }).Fault is { } refusal)
        {
            throw refusal;
        }

        T[] answers = [.. all.Where(one => one.Fault is null).Select(one => one.Answer!)];
        if (answers.Length == 0)
        {
            throw all[0].Fault!;
        }

        foreach ((Uri server, _, _) in all.Where(one => one.Fault is not null))
        {
            LogLeftOut(logger, server);
        }

        return answers;
    }

    private Task<(int Status, string Text)> PostAsync<T>(Uri server, string path, T body, CancellationToken cancellation)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(body, WireJson.Options);
        return SendAsync(server, HttpMethod.Post, path, json, cancellation);
    }

    private async Task<(int Status, string Text)> SendAsync(
        Uri server, HttpMethod method, string path, byte[]? json, CancellationToken cancellation)
    {
        try
        {
            using var request = new HttpRequestMessage(method, new Uri(server, path));
            if (json is not null)
            {
                request.Content = new ByteArrayContent(json);
                request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            }

            using HttpClient client = clients.CreateClient(ServingReplicas.Client);
            client.MaxResponseContentBufferSize = AnswerBytesMax;
            using HttpResponseMessage response = await client.SendAsync(request, cancellation);
            return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(cancellation));
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            throw Away(server, e.Message);
        }
    }

    private static ApiException Away(Uri server, string reason) => new(
        503, "inference_unavailable", $"The inference server {server} cannot be reached ({reason}). Try again when it is back.")
    {
        RetryAfter = TimeSpan.FromSeconds(5),
    };

    private string Remedy(int status, string text)
    {
        if (!replicas.IsExternal)
        {
            return "";
        }

        return status switch
        {
            401 or 403 => " Serving:ApiKey must be the key that the server was started with.",
            404 when text.Contains("\"detail\"", StringComparison.Ordinal) =>
                " vLLM takes adapters only when started with --enable-lora and the variable VLLM_ALLOW_RUNTIME_LORA_UPDATING=True.",
            _ when text.Contains("No adapter found", StringComparison.Ordinal) || text.Contains("No such file", StringComparison.Ordinal) =>
                " Where the server sees the trainer's folder under another name, Serving:Paths must say so.",
            _ when text.Contains("max_lora_rank", StringComparison.Ordinal) => " Start vLLM with a larger --max-lora-rank.",
            _ => "",
        };
    }

    // Ours and newer vLLM: {"error":{"message"}}; older vLLM: {"message"}; some proxies: plain text.
    private static string Message(string text)
    {
        try
        {
            var root = JsonElement.Parse(text);
            return root.TryGetProperty("error", out JsonElement error) && error.ValueKind == JsonValueKind.Object
                && error.TryGetProperty("message", out JsonElement message)
                ? message.GetString() ?? text
                : root.TryGetProperty("message", out JsonElement plain) ? plain.GetString() ?? text : text;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return text;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The inference server {Server} does not answer and is left out")]
    private static partial void LogLeftOut(ILogger logger, Uri server);
}
