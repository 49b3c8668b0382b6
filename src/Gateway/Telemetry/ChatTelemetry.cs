using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Ratchet.Contracts.OpenAI;
using Ratchet.Gateway.Aliases;
using Ratchet.Gateway.Chat;
using Ratchet.Gateway.Models;
using Ratchet.ServiceDefaults.Telemetry;

namespace Ratchet.Gateway.Telemetry;

/// <summary>The span of each chat, from admission to the last word, and the metrics made of it.</summary>
public sealed class ChatTelemetry
{
    public const string Name = "Ratchet.Gateway";

    private static readonly ActivitySource Source = new(Name);

    private readonly TimeProvider _clock;
    private readonly Histogram<long> _tokens;
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _firstChunk;
    private readonly Counter<long> _cache;

    public ChatTelemetry(IMeterFactory meters, AliasTable aliases, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(meters);
        _clock = clock;
        Meter meter = meters.MeterOf(Name);
        _tokens = meter.CreateHistogram(
            "gen_ai.client.token.usage", "{token}", "Tokens read and written by a chat.",
            advice: new InstrumentAdvice<long> { HistogramBucketBoundaries = GenAi.TokenBounds });
        _duration = meter.CreateHistogram(
            "gen_ai.client.operation.duration", "s", "A chat from admission to its last word.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = GenAi.DurationBounds });
        _firstChunk = meter.CreateHistogram(
            "gen_ai.client.operation.time_to_first_chunk", "s", "A streamed chat from admission to its first piece.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = GenAi.DurationBounds });
        _cache = meter.CreateCounter<long>(
            "ratchet.cache.requests", "{chat}", "Chats that could be answered from the cache, and were (hit) or not (miss).");
        meter.CreateObservableGauge(
            "ratchet.adapter.generation",
            () => aliases.All.Values.Select(alias => new Measurement<long>(
                alias.Version,
                new KeyValuePair<string, object?>("ratchet.alias", alias.Name),
                new KeyValuePair<string, object?>("ratchet.adapter", alias.Adapter))),
            "{generation}",
            "How often the alias has moved; the adapter it holds is a tag.");
    }

    /// <summary>Starts the span; everything that the chain asks of other services becomes a part of it.</summary>
    public GenAiCall Start(ChatTurn turn)
    {
        ArgumentNullException.ThrowIfNull(turn);
        ChatCompletionRequest request = turn.Request;
        string model = string.IsNullOrEmpty(request.Model) ? ModelRouter.Auto : request.Model;
        var call = GenAiCall.Start(Source, ActivityKind.Client, GenAi.Chat, model, _clock, Record);
        call.Tag(GenAi.RequestStream, request.Stream);
        call.Tag(GenAi.RequestMaxTokens, request.MaxCompletionTokens ?? request.MaxTokens);
        call.Tag(GenAi.RequestTopP, request.TopP);
        call.Tag(GenAi.RequestSeed, request.Seed);
        call.Tag(GenAi.RequestChoiceCount, request.N);
        return call;
    }

    public void CountCache(bool isHit) =>
        _cache.Add(1, new KeyValuePair<string, object?>("ratchet.cache.result", isHit ? "hit" : "miss"));

    /// <summary>Reads what the answer says of itself, at once or as it streams by.</summary>
    public static void Watch(ChatTurn turn, GenAiCall call)
    {
        ArgumentNullException.ThrowIfNull(turn);
        ArgumentNullException.ThrowIfNull(call);
        call.Tag(GenAi.RequestTemperature, turn.Request.Temperature);
        call.ResponseModel = turn.Model?.Id;
        call.Tag("ratchet.adapter", turn.Model?.Adapter);
        call.Tag("ratchet.alias", turn.Model?.Alias);
        call.Tag("ratchet.retrieval.hits", turn.Retrieval.IsOn ? turn.Hits.Count : null);
        call.Tag("ratchet.retrieval.answerable", turn.Answerable);
        call.Tag("ratchet.cache.result", turn.CacheKey is null ? null : turn.IsCached ? "hit" : "miss");
        if (turn.Completion is { } completion)
        {
            Read(completion, call);
        }
        else if (turn.Stream is { } stream)
        {
            turn.Stream = WatchAsync(stream, call, CancellationToken.None);
        }
    }

    private static async IAsyncEnumerable<JsonObject> WatchAsync(
        IAsyncEnumerable<JsonObject> chunks, GenAiCall call, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using IAsyncEnumerator<JsonObject> items = chunks.GetAsyncEnumerator(cancellation);
        while (true)
        {
            try
            {
                if (!await items.MoveNextAsync())
                {
                    yield break;
                }
            }
            catch (Exception failure)
            {
                call.Fail(failure);
                throw;
            }

            call.GotChunk();
            Read(items.Current, call);
            yield return items.Current;
        }
    }

    private static void Read(JsonObject answer, GenAiCall call)
    {
        call.ResponseId ??= (string?)answer["id"];
        if (answer["usage"] is JsonObject usage)
        {
            call.InputTokens = Count(usage["prompt_tokens"]);
            call.OutputTokens = Count(usage["completion_tokens"]);
            call.CachedTokens = Count((usage["prompt_tokens_details"] as JsonObject)?["cached_tokens"]);
        }

        foreach (JsonNode? choice in answer["choices"] as JsonArray ?? [])
        {
            if ((string?)choice?["finish_reason"] is { } reason)
            {
                call.FinishReasons = [.. call.FinishReasons, reason];
            }
        }

        if (answer["error"] is JsonObject error)
        {
            call.Fail((string?)error["code"] ?? "error", (string?)error["message"]);
        }
    }

    private static long? Count(JsonNode? number) => number is not null
        && long.TryParse(number.ToJsonString(), NumberStyles.None, CultureInfo.InvariantCulture, out long count) ? count : null;

    private void Record(GenAiCall call)
    {
        TagList tags = call.Tags();
        _duration.Record(call.Elapsed.TotalSeconds, tags);
        if (call.FirstChunk is { } first)
        {
            _firstChunk.Record(first.TotalSeconds, tags);
        }

        Record(call.InputTokens, "input", tags);
        Record(call.OutputTokens, "output", tags);
    }

    private void Record(long? tokens, string type, TagList tags)
    {
        if (tokens is { } count)
        {
            tags.Add(GenAi.TokenType, type);
            _tokens.Record(count, tags);
        }
    }
}
