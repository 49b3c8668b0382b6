using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Http.HttpResults;
using Ratchet.Contracts.Rag;
using Ratchet.RagService.Index;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.ServiceDefaults.Telemetry;

namespace Ratchet.RagService.Telemetry;

/// <summary>Spans and metrics of searches and embeddings; docs/telemetry.md lists them.</summary>
internal sealed class RetrievalTelemetry
{
    public const string Name = "Ratchet.RagService";

    private const string AllCollections = "all";
    private static readonly ActivitySource Source = new(Name);

    private readonly Meter _meter;
    private readonly TimeProvider _clock;
    private readonly Histogram<long> _hits;
    private readonly Counter<long> _searches;
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _embeddings;

    public RetrievalTelemetry(IMeterFactory meters, TimeProvider clock)
    {
        _clock = clock;
        _meter = meters.MeterOf(Name);
        _hits = _meter.CreateHistogram<long>("ratchet.retrieval.hits", "{passage}", "Passages that a search found.");
        _searches = _meter.CreateCounter<long>(
            "ratchet.retrieval.searches", "{search}", "Searches; the share tagged answerable says how much the knowledge can answer.");
        _duration = Seconds(_meter, "ratchet.retrieval.duration", "A search, embedding of the question included.");
        _embeddings = Seconds(_meter, "ratchet.embeddings.duration", "One call of the encoder.");
    }

    /// <summary>Shows how often the index has changed.</summary>
    /// <remarks>Given afterwards: the index is made of a store that may need the embedder, whose calls are spans of this.</remarks>
    public void Observe(KnowledgeIndex index) => _meter.CreateObservableGauge(
        "ratchet.corpus.generation", () => index.Generation, "{generation}", "Changes of the index since it was filled.");

    /// <summary>Runs a search inside its span.</summary>
    public async ValueTask<object?> SearchAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var request = context.Arguments.OfType<SearchRequest>().FirstOrDefault();
        string collection = string.IsNullOrEmpty(request?.Collection) ? AllCollections : request.Collection;
        using var call = GenAiCall.Start(Source, ActivityKind.Internal, GenAi.Retrieval, collection, _clock);
        call.Tag(GenAi.RetrievalTopK, request?.TopK);
        try
        {
            object? result = await next(context);
            if ((result as Ok<SearchResponse>)?.Value is { } found)
            {
                Record(call, found);
            }

            return result;
        }
        catch (Exception failure)
        {
            call.Fail((failure as ApiException)?.Code ?? failure.GetType().FullName!, failure.Message);
            throw;
        }
    }

    /// <summary>Embeds inside a span.</summary>
    public async Task<IReadOnlyList<float[]>> EmbedAsync(
        string encoder, int dimensions, int count, Func<Task<IReadOnlyList<float[]>>> embed)
    {
        using var call = GenAiCall.Start(
            Source, ActivityKind.Internal, GenAi.Embeddings, encoder, _clock,
            ended => _embeddings.Record(ended.Elapsed.TotalSeconds, ended.Tags()));
        call.Tag(GenAi.EmbeddingDimensions, dimensions);
        call.Tag("ratchet.embeddings.texts", count);
        try
        {
            return await embed();
        }
        catch (Exception failure)
        {
            call.Fail(failure);
            throw;
        }
    }

    private void Record(GenAiCall call, SearchResponse found)
    {
        call.Tag("ratchet.retrieval.hits", found.Data.Count);
        call.Tag("ratchet.retrieval.answerable", found.Answerable);
        call.Tag("ratchet.corpus.generation", found.Generation);
        TagList tags = call.Tags();
        _duration.Record(call.Elapsed.TotalSeconds, tags);
        tags.Add("ratchet.retrieval.answerable", found.Answerable);
        _hits.Record(found.Data.Count, tags);
        _searches.Add(1, tags);
    }

    private static Histogram<double> Seconds(Meter meter, string name, string description) => meter.CreateHistogram(
        name, "s", description, advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = GenAi.FirstTokenBounds });
}
