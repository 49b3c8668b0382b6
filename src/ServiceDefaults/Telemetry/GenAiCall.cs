using System.Diagnostics;

namespace Ratchet.ServiceDefaults.Telemetry;

/// <summary>
/// One chat, completion, embedding or retrieval while it runs: its span, and the numbers that metrics are made of at its end.
/// What was asked and answered is never put into it.
/// </summary>
public sealed class GenAiCall : IDisposable
{
    private readonly Activity? _span;
    private readonly TimeProvider _clock;
    private readonly long _started;
    private readonly string _operation;
    private readonly string? _model;
    private Action<GenAiCall>? _ended;

    private GenAiCall(
        Activity? span, TimeProvider clock, string operation, string? model, Action<GenAiCall>? ended)
    {
        _span = span;
        _clock = clock;
        _started = clock.GetTimestamp();
        _operation = operation;
        _model = model;
        _ended = ended;
    }

    /// <summary>Starts the span `{operation} {model}`.</summary>
    /// <param name="source">The service's.</param>
    /// <param name="kind">Client where another service does the work, internal where this one does.</param>
    /// <param name="operation">One of the operations of <see cref="GenAi"/>.</param>
    /// <param name="model">As the request calls it; for a retrieval, the collection.</param>
    /// <param name="clock">Measures.</param>
    /// <param name="ended">Told once, at the end, to record metrics.</param>
    public static GenAiCall Start(
        ActivitySource source, ActivityKind kind, string operation, string? model, TimeProvider clock,
        Action<GenAiCall>? ended = null)
    {
        Activity? span = source.StartActivity(string.IsNullOrEmpty(model) ? operation : $"{operation} {model}", kind);
        span?.SetTag(GenAi.OperationName, operation).SetTag(GenAi.ProviderName, GenAi.Ratchet).SetTag(GenAi.System, GenAi.Ratchet);
        span?.SetTag(operation == GenAi.Retrieval ? GenAi.DataSource : GenAi.RequestModel, model);
        return new GenAiCall(span, clock, operation, model, ended);
    }

    /// <summary>Exact id of what answered.</summary>
    public string? ResponseModel { get; set; }

    public string? ResponseId { get; set; }

    public long? InputTokens { get; set; }

    /// <summary>Of the input, the tokens that a cache already held.</summary>
    public long? CachedTokens { get; set; }

    public long? OutputTokens { get; set; }

    public IReadOnlyList<string> FinishReasons { get; set; } = [];

    public string? ErrorType { get; private set; }

    /// <summary>Of a stream: when its first piece came.</summary>
    public TimeSpan? FirstChunk { get; private set; }

    public TimeSpan Elapsed => _clock.GetElapsedTime(_started);

    /// <summary>A tag of the span alone; null is left out.</summary>
    public void Tag(string name, object? value) => _span?.SetTag(name, value);

    public void Fail(Exception failure) => Fail(failure.GetType().FullName!, failure.Message);

    public void Fail(string type, string? description = null)
    {
        ErrorType = type;
        _span?.SetStatus(ActivityStatusCode.Error, description);
    }

    /// <summary>Pieces of a stream that have come.</summary>
    public int ChunkCount { get; private set; }

    /// <summary>Called for each piece of a stream.</summary>
    public void GotChunk()
    {
        FirstChunk ??= Elapsed;
        ChunkCount++;
    }

    /// <summary>What the metrics of this call are split by.</summary>
    public TagList Tags()
    {
        var tags = new TagList
        {
            { GenAi.OperationName, _operation },
            { GenAi.ProviderName, GenAi.Ratchet },
            { _operation == GenAi.Retrieval ? GenAi.DataSource : GenAi.RequestModel, _model },
        };
        if (ResponseModel is not null)
        {
            tags.Add(GenAi.ResponseModel, ResponseModel);
        }

        if (ErrorType is not null)
        {
            tags.Add(GenAi.ErrorType, ErrorType);
        }

        return tags;
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _ended, null) is { } ended)
        {
            ended(this);
        }

        if (_span is { IsStopped: false } span)
        {
            span.SetTag(GenAi.ResponseModel, ResponseModel);
            span.SetTag(GenAi.ResponseId, ResponseId);
            span.SetTag(GenAi.UsageInputTokens, InputTokens);
            span.SetTag(GenAi.UsageCachedTokens, CachedTokens);
            span.SetTag(GenAi.UsageOutputTokens, OutputTokens);
            span.SetTag(GenAi.ResponseTimeToFirstChunk, FirstChunk?.TotalSeconds);
            span.SetTag(GenAi.ErrorType, ErrorType);
            if (FinishReasons.Count > 0)
            {
                span.SetTag(GenAi.ResponseFinishReasons, FinishReasons.ToArray());
            }

            span.Dispose();
        }
    }
}
