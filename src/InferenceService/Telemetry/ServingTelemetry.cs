using System.Diagnostics;
using System.Diagnostics.Metrics;
using Ratchet.Contracts.OpenAI;
using Ratchet.Engine.Inference;
using Ratchet.InferenceService.Serving;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.ServiceDefaults.Telemetry;

namespace Ratchet.InferenceService.Telemetry;

/// <summary>Spans and metrics of what the model is asked; docs/telemetry.md lists them.</summary>
internal sealed class ServingTelemetry
{
    public const string Name = "Ratchet.InferenceService";

    private static readonly ActivitySource Source = new(Name);

    private readonly TimeProvider _clock;
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _firstToken;
    private readonly Histogram<double> _perToken;
    private readonly Counter<long> _tokens;
    private readonly Counter<long> _prefixes;
    private readonly Counter<long> _guesses;
    private readonly TokenRate _rate;

    public ServingTelemetry(IMeterFactory meters, ModelHost models, AdapterTable adapters, TimeProvider clock)
    {
        _clock = clock;
        _rate = new TokenRate(clock);
        Meter meter = meters.MeterOf(Name);
        _duration = Seconds(meter, "gen_ai.server.request.duration", "A request until its last token.", GenAi.DurationBounds);
        _firstToken = Seconds(meter, "gen_ai.server.time_to_first_token", "A request until its first token.", GenAi.FirstTokenBounds);
        _perToken = Seconds(
            meter, "gen_ai.server.time_per_output_token", "Time per token after the first.", GenAi.PerTokenBounds);
        _tokens = meter.CreateCounter<long>(
            "ratchet.inference.tokens", "{token}", "Tokens read (input), known from a cache (cached) and written (output).");
        _prefixes = meter.CreateCounter<long>(
            "ratchet.inference.prefix_cache.lookups", "{prompt}", "Prompts whose beginning was known (hit) or not (miss).");
        _guesses = meter.CreateCounter<long>(
            "ratchet.inference.guesses", "{token}", "Tokens guessed from what stood before that the model wrote (hit) or did not (miss).");
        meter.CreateObservableGauge(
            "ratchet.inference.tokens_per_second", _rate.Read, "{token}/s", "Tokens written since the last look, by the second.");
        meter.CreateObservableGauge(
            "ratchet.inference.queue.length", () => Of(models)?.QueueLength ?? 0, "{sequence}", "Answers that wait for a place.");
        meter.CreateObservableGauge(
            "ratchet.inference.sequences.running", () => Of(models)?.RunningCount ?? 0, "{sequence}", "Answers that are being written.");
        meter.CreateObservableGauge(
            "ratchet.inference.adapters.loaded", () => adapters.List().Count, "{adapter}", "Adapters in memory.");
    }

    /// <summary>Serves a request inside a span of its operation.</summary>
    public async ValueTask<object?> RunAsync(
        string operation, EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        using GenAiCall call = Start(operation, context.Arguments.Count > 0 ? context.Arguments[0] : null);
        var served = new ServedCall(call);
        context.HttpContext.Features.Set(served);
        long started = Stopwatch.GetTimestamp();
        try
        {
            object? result = await next(context);
            served.Complete(result);
            return result;
        }
        catch (Exception failure)
        {
            served.Complete(null);
            call.Fail((failure as ApiException)?.Code ?? failure.GetType().FullName!, failure.Message);
            throw;
        }
        finally
        {
            Record(served, started);
        }
    }

    private GenAiCall Start(string operation, object? request)
    {
        string? model = request switch
        {
            ChatCompletionRequest chat => chat.Model,
            TextCompletionRequest text => text.Model,
            EmbeddingRequest embedding => embedding.Model,
            _ => null,
        };
        var call = GenAiCall.Start(Source, ActivityKind.Internal, operation, model, _clock);
        call.ResponseModel = model;
        if (request is ChatCompletionRequest asked)
        {
            call.Tag(GenAi.RequestTemperature, asked.Temperature);
            call.Tag(GenAi.RequestTopP, asked.TopP);
            call.Tag(GenAi.RequestMaxTokens, asked.MaxCompletionTokens ?? asked.MaxTokens);
            call.Tag(GenAi.RequestSeed, asked.Seed);
            call.Tag(GenAi.RequestChoiceCount, asked.N);
            call.Tag(GenAi.RequestStream, asked.Stream);
        }

        return call;
    }

    private void Record(ServedCall served, long started)
    {
        GenAiCall call = served.Call;
        TagList tags = call.Tags();
        _duration.Record(call.Elapsed.TotalSeconds, tags);
        Count(call.InputTokens - (call.CachedTokens ?? 0), "input", tags);
        Count(call.CachedTokens, "cached", tags);
        Count(call.OutputTokens, "output", tags);
        _rate.Add(call.OutputTokens ?? 0);
        foreach (GenerationEngine.Answer answer in served.Answers)
        {
            CountGuesses(answer.Guesses, tags);
            (long first, long newest) = answer.WrittenAt;
            if (first == 0)
            {
                continue;
            }

            double wait = Stopwatch.GetElapsedTime(started, first).TotalSeconds;
            _firstToken.Record(wait, tags);
            call.Tag("ratchet.time_to_first_token", wait);
            if (answer.WrittenTokens > 1)
            {
                _perToken.Record(Stopwatch.GetElapsedTime(first, newest).TotalSeconds / (answer.WrittenTokens - 1), tags);
            }
        }

        if (served.Answers.Count > 0)
        {
            tags.Add("ratchet.cache.result", call.CachedTokens > 0 ? "hit" : "miss");
            _prefixes.Add(1, tags);
        }
    }

    private void Count(long? tokens, string type, TagList tags)
    {
        if (tokens > 0)
        {
            tags.Add(GenAi.TokenType, type);
            _tokens.Add(tokens.Value, tags);
        }
    }

    private void CountGuesses((int Asked, int Right) guesses, TagList tags)
    {
        if (guesses.Asked > 0)
        {
            _guesses.Add(guesses.Right, [.. tags, new("ratchet.cache.result", "hit")]);
            _guesses.Add(guesses.Asked - guesses.Right, [.. tags, new("ratchet.cache.result", "miss")]);
        }
    }

    private static GenerationEngine? Of(ModelHost models) =>
        models.WhenLoaded is { IsCompletedSuccessfully: true } loaded ? loaded.GetAwaiter().GetResult().Engine : null;

    private static Histogram<double> Seconds(Meter meter, string name, string description, IReadOnlyList<double> bounds) =>
        meter.CreateHistogram(name, "s", description, advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = bounds });

    /// <summary>Tokens between two looks of a collector.</summary>
    private sealed class TokenRate(TimeProvider clock)
    {
        private long _count;
        private long _since = clock.GetTimestamp();

        public void Add(long tokens) => Interlocked.Add(ref _count, tokens);

        public double Read()
        {
            long now = clock.GetTimestamp();
            double seconds = clock.GetElapsedTime(Interlocked.Exchange(ref _since, now), now).TotalSeconds;
            long count = Interlocked.Exchange(ref _count, 0);
            return seconds > 0 ? count / seconds : 0;
        }
    }
}

/// <summary>Puts an endpoint into a span of its operation.</summary>
internal static class ServingTelemetryExtensions
{
    public static RouteHandlerBuilder WithGenAiSpan(this RouteHandlerBuilder route, string operation) => route.AddEndpointFilter(
        (context, next) => context.HttpContext.RequestServices.GetRequiredService<ServingTelemetry>().RunAsync(operation, context, next));
}
