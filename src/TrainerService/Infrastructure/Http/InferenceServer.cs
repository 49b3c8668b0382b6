using System.Text.Json;
using Ratchet.Contracts;
using Ratchet.Contracts.OpenAI;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Infrastructure.Http;

/// <summary>The InferenceService's adapter routes, which are vLLM's.</summary>
public sealed class InferenceServer(IHttpClientFactory clients) : IAdapterServer
{
    /// <summary>The named client that this one uses.</summary>
    public const string ClientName = "inference";

    public async Task LoadAsync(string id, string folder, CancellationToken cancellation)
    {
        if ((await ListAsync(cancellation)).Contains(id))
        {
            return;
        }

        (int status, string text) = await PostAsync(
            "v1/load_lora_adapter", new LoadLoraAdapterRequest { LoraName = id, LoraPath = folder }, cancellation);

        // Two loads of one id may meet; the later one finds it done.
        if (status >= 400 && !text.Contains("already been loaded", StringComparison.Ordinal))
        {
            throw new ApiException(
                status >= 500 ? 503 : 502, "adapter_not_loaded", $"The inference service did not load '{id}': {Message(text)}");
        }
    }

    public async Task UnloadAsync(string id, CancellationToken cancellation)
    {
        (int status, string text) = await PostAsync(
            "v1/unload_lora_adapter", new UnloadLoraAdapterRequest { LoraName = id }, cancellation);
        if (status is >= 400 and not 404)
        {
            throw new ApiException(
                502, "adapter_not_unloaded", $"The inference service did not unload '{id}': {Message(text)}");
        }
    }

    public async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellation)
    {
        try
        {
            using HttpResponseMessage response = await clients.CreateClient(ClientName).GetAsync("v1/models", cancellation);
            response.EnsureSuccessStatusCode();
            ListResponse<ModelCard>? list =
                await response.Content.ReadFromJsonAsync<ListResponse<ModelCard>>(WireJson.Options, cancellation);
            return [.. list!.Data.Where(card => card.Parent is not null).Select(card => card.Id)];
        }
        catch (Exception e) when (IsAway(e, cancellation))
        {
            throw Away(e);
        }
    }

    private async Task<(int Status, string Text)> PostAsync<T>(string path, T body, CancellationToken cancellation)
    {
        try
        {
            using HttpResponseMessage response = await clients.CreateClient(ClientName).PostAsJsonAsync(path, body, WireJson.Options, cancellation);
            return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(cancellation));
        }
        catch (Exception e) when (IsAway(e, cancellation))
        {
            throw Away(e);
        }
    }

    private static bool IsAway(Exception e, CancellationToken cancellation) =>
        e is HttpRequestException or JsonException || (e is OperationCanceledException && !cancellation.IsCancellationRequested);

    private static ApiException Away(Exception e) => new(
        503, "inference_unavailable", $"The inference service cannot be reached ({e.Message}). Try again when it is back.")
    {
        RetryAfter = TimeSpan.FromSeconds(5),
    };

    private static string Message(string text)
    {
        try
        {
            var root = JsonElement.Parse(text);
            return root.TryGetProperty("error", out JsonElement error) && error.TryGetProperty("message", out JsonElement message)
                ? message.GetString() ?? text
                : root.TryGetProperty("message", out JsonElement plain) ? plain.GetString() ?? text : text;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return text;
        }
    }
}
