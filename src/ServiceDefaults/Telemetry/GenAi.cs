namespace Ratchet.ServiceDefaults.Telemetry;

/// <summary>
/// Names of OpenTelemetry's semantic conventions for generative AI, so that any tool that knows them understands our spans
/// and metrics. https://github.com/open-telemetry/semantic-conventions-genai
/// </summary>
public static class GenAi
{
    public const string OperationName = "gen_ai.operation.name";
    public const string ProviderName = "gen_ai.provider.name";

    /// <summary>The provider's older name, which many dashboards still read.</summary>
    public const string System = "gen_ai.system";
    public const string RequestModel = "gen_ai.request.model";
    public const string RequestTemperature = "gen_ai.request.temperature";
    public const string RequestTopP = "gen_ai.request.top_p";
    public const string RequestMaxTokens = "gen_ai.request.max_tokens";
    public const string RequestSeed = "gen_ai.request.seed";
    public const string RequestChoiceCount = "gen_ai.request.choice.count";
    public const string RequestStream = "gen_ai.request.stream";
    public const string ResponseId = "gen_ai.response.id";
    public const string ResponseModel = "gen_ai.response.model";
    public const string ResponseFinishReasons = "gen_ai.response.finish_reasons";
    public const string ResponseTimeToFirstChunk = "gen_ai.response.time_to_first_chunk";
    public const string UsageInputTokens = "gen_ai.usage.input_tokens";
    public const string UsageOutputTokens = "gen_ai.usage.output_tokens";
    public const string UsageCachedTokens = "gen_ai.usage.cache_read.input_tokens";
    public const string TokenType = "gen_ai.token.type";
    public const string DataSource = "gen_ai.data_source.id";
    public const string RetrievalTopK = "gen_ai.retrieval.top_k";
    public const string EmbeddingDimensions = "gen_ai.embeddings.dimension.count";
    public const string ErrorType = "error.type";

    /// <summary>Operations, as the conventions call them; a span is named operation and model.</summary>
    public const string Chat = "chat";
    public const string TextCompletion = "text_completion";
    public const string Embeddings = "embeddings";
    public const string Retrieval = "retrieval";

    /// <summary>Value of <see cref="ProviderName"/> where one of our services answers.</summary>
    public const string Ratchet = "ratchet";

    /// <summary>Bounds of the buckets, in seconds, that the conventions ask for in histograms of whole operations.</summary>
    public static IReadOnlyList<double> DurationBounds { get; } =
        [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

    /// <summary>The same for the time until the first token.</summary>
    public static IReadOnlyList<double> FirstTokenBounds { get; } =
        [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    /// <summary>The same for the time per token after the first.</summary>
    public static IReadOnlyList<double> PerTokenBounds { get; } =
        [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5];

    /// <summary>The same for counts of tokens.</summary>
    public static IReadOnlyList<long> TokenBounds { get; } =
        [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864];
}
