using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using Ratchet.Contracts.OpenAI;
using Ratchet.Gateway.Aliases;
using Ratchet.Gateway.Models;
using Ratchet.Gateway.Proxy;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.ServiceDefaults.Json;

namespace Ratchet.Gateway.Chat.Steps;

/// <summary>Has the model answer. The request goes on with every field it came with; the answer comes back likewise.</summary>
public sealed partial class InferStep(
    ModelServers servers, FallbackServers fallbacks, BaseModel baseModel, ModelRouter router, AliasRefresh aliases,
    IOptions<GatewayOptions> options, ILogger<InferStep> logger) : IChatStep
{
    public async ValueTask RunAsync(ChatTurn turn, CancellationToken cancellation)
    {
        if (turn.IsAnswered)
        {
            return;
        }

        // Whoever named an exact model gets that one or an error; whoever left the choice gets an answer where one is to be had.
        bool isOpen = turn.Model!.Alias is not null || turn.Request.Model is null or "" or ModelRouter.Auto;
        HttpResponseMessage response;
        try
        {
            response = await SendUntilTakenAsync(turn, cancellation);
        }
        catch (ApiException failure) when (isOpen && failure.Status >= 500)
        {
            if (await FallBackAsync(turn, failure, cancellation) is not { } answer)
            {
                throw;
            }

            response = answer;
        }

        turn.Own(response);
        if (turn.Request.Stream == true)
        {
            turn.Stream = ReadChunksAsync(response, turn.IsForeign ? null : turn.Model!.Id, cancellation);
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

        if (!turn.IsForeign)
        {
            turn.Completion["model"] = turn.Model!.Id;
        }
    }

    private async Task<HttpResponseMessage?> FallBackAsync(ChatTurn turn, ApiException failure, CancellationToken cancellation)
    {
        var trace = new FallbackTrace(turn.Model!.Id, failure.Code);
        if (options.Value.FallbackToBase && turn.Model.Adapter is not null)
        {
            turn.Request.Model = await baseModel.GetAsync(cancellation);
            try
            {
                HttpResponseMessage response = await servers.SendAsync(turn.Request, cancellation);
                if (response.IsSuccessStatusCode)
                {
                    turn.Model = new ResolvedModel(turn.Request.Model, null, turn.Model.Alias);
                    turn.Fallback = trace;
                    LogFellBack(logger, trace.From, turn.Model.Id, failure.Message);
                    return response;
                }

                response.Dispose();
            }
            catch (ApiException)
            {
                // The base has nobody to serve it either; others may.
            }
        }

        if (await fallbacks.TryAsync(turn.Request, cancellation) is not { } other)
        {
            return null;
        }

        turn.Model = new ResolvedModel(other.Server.Model, null, null);
        turn.Fallback = trace;
        turn.IsForeign = true;
        LogFellBack(logger, trace.From, turn.Model.Id, failure.Message);
        return other.Response;
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

    private Task<HttpResponseMessage> SendAsync(ChatTurn turn, CancellationToken cancellation)
    {
        turn.Request.Model = turn.Model!.Id;
        turn.Request.Retrieval = null;
        return servers.SendAsync(turn.Request, cancellation);
    }

    private static async IAsyncEnumerable<JsonObject> ReadChunksAsync(
        HttpResponseMessage response, string? model, [EnumeratorCancellation] CancellationToken cancellation)
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

            if (model is not null)
            {
                chunk["model"] = model;
            }

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

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Model} was asked for and {Other} answered: {Reason}")]
    private static partial void LogFellBack(ILogger logger, string model, string other, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The alias {Alias} may be stale and the trainer cannot be asked ({Reason})")]
    private static partial void LogStale(ILogger logger, string alias, string reason);
}
