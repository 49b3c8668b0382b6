using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ratchet.Contracts;
using Ratchet.Contracts.OpenAI;
using Ratchet.Gateway.Aliases;
using Ratchet.Gateway.Models;
using Ratchet.Gateway.Proxy;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.ServiceDefaults.Json;

namespace Ratchet.Gateway.Chat.Steps;

/// <summary>Has the model answer. The request goes on with every field it came with; the answer comes back likewise.</summary>
public sealed partial class InferStep(
    IHttpClientFactory clients, ModelRouter router, AliasRefresh aliases, ILogger<InferStep> logger) : IChatStep
{
    private const string Path = "v1/chat/completions";

    public async ValueTask RunAsync(ChatTurn turn, CancellationToken cancellation)
    {
        if (turn.IsAnswered)
        {
            return;
        }

        HttpResponseMessage response = await SendUntilTakenAsync(turn, cancellation);
        turn.Own(response);
        if (turn.Request.Stream == true)
        {
            turn.Stream = ReadChunksAsync(response, turn.Model!.Id, cancellation);
            return;
        }

        try
        {
            turn.Completion = await response.Content.ReadFromJsonAsync<JsonObject>(RatchetJson.Options, cancellation)
                ?? throw ServiceErrors.Away(Services.Inference);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or JsonException)
        {
            throw ServiceErrors.Away(Services.Inference);
        }

        turn.Completion["model"] = turn.Model!.Id;
    }

    // Two refusals have a remedy here: an alias that has moved on since it was resolved, and passages that do not fit.
    private async Task<HttpResponseMessage> SendUntilTakenAsync(ChatTurn turn, CancellationToken cancellation)
    {
        bool asked = false;
        while (true)
        {
            HttpResponseMessage response = await SendAsync(turn, cancellation);
            if (response.IsSuccessStatusCode)
            {
                return response;
            }

            ApiException refusal;
            using (response)
            {
                refusal = await ServiceErrors.ReadAsync(response, Services.Inference, cancellation);
            }

            if (refusal.Status == 404 && turn.Model!.Alias is { } alias && !asked)
            {
                asked = true;
                turn.Model = await ResolveAgainAsync(alias, turn.Model, cancellation);
            }
            else if (refusal.Code.StartsWith("context_length", StringComparison.Ordinal) && turn.Hits.Count > 0)
            {
                turn.Hits = [.. turn.Hits.SkipLast(1)];
                PromptStep.Apply(turn);
            }
            else
            {
                throw refusal;
            }
        }
    }

    private async Task<ResolvedModel> ResolveAgainAsync(string alias, ResolvedModel stale, CancellationToken cancellation)
    {
        try
        {
            await aliases.FetchAsync(cancellation);
        }
        catch (Exception failure) when (failure is HttpRequestException or Contracts.Trainer.TrainerException)
        {
            LogStale(logger, alias, failure.Message);
        }

        ResolvedModel now = await router.ResolveAsync(alias, cancellation);
        if (now.Id != stale.Id)
        {
            return now;
        }

        throw new ApiException(
            503, "adapter_not_loaded",
            $"The alias '{alias}' holds {stale.Id}, and the inference service has not loaded it. The trainer loads it within a "
            + "minute: try again, or use \"model\": \"base\" meanwhile.",
            "model")
        {
            RetryAfter = TimeSpan.FromSeconds(5),
        };
    }

    private async Task<HttpResponseMessage> SendAsync(ChatTurn turn, CancellationToken cancellation)
    {
        ChatCompletionRequest request = turn.Request;
        request.Model = turn.Model!.Id;
        request.Retrieval = null;
        using var message = new HttpRequestMessage(HttpMethod.Post, Path)
        {
            Content = JsonContent.Create(request, options: WireJson.Options),
        };
        try
        {
            HttpClient client = clients.CreateClient(Services.Inference);
            return await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellation);
        }
        catch (HttpRequestException)
        {
            throw ServiceErrors.Away(Services.Inference);
        }
    }

    private static async IAsyncEnumerable<JsonObject> ReadChunksAsync(
        HttpResponseMessage response, string model, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using Stream body = await response.Content.ReadAsStreamAsync(cancellation);
        await using IAsyncEnumerator<SseItem<string>> items =
            SseParser.Create(body).EnumerateAsync(cancellation).GetAsyncEnumerator(cancellation);
        while (true)
        {
            try
            {
                if (!await items.MoveNextAsync())
                {
                    break;
                }
            }
            catch (Exception failure) when (failure is HttpRequestException or IOException)
            {
                break;
            }

            if (items.Current.Data == ServerSentEvent.Done)
            {
                yield break;
            }

            if (Parse(items.Current.Data) is not { } chunk)
            {
                break;
            }

            if (chunk["error"] is not null)
            {
                yield return chunk;
                yield break;
            }

            chunk["model"] = model;
            yield return chunk;
        }

        // Without [DONE] the stream broke off: the reader must not take half an answer for a whole one.
        throw new ApiException(
            503, "answer_broke_off",
            "The service 'inference' went away in the middle of this answer. What came so far is not complete; ask again in some seconds.");
    }

    private static JsonObject? Parse(string data)
    {
        try
        {
            return JsonNode.Parse(data) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The alias {Alias} may be stale and the trainer cannot be asked ({Reason})")]
    private static partial void LogStale(ILogger logger, string alias, string reason);
}
