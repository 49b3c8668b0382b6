using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ratchet.Contracts.OpenAI;

/// <summary>POST /v1/chat/completions. Fields we do not know survive in <see cref="Extra"/>.</summary>
public sealed class ChatCompletionRequest
{
    public string? Model { get; set; }

    public List<ChatMessage>? Messages { get; set; }

    public int? MaxCompletionTokens { get; set; }

    public int? MaxTokens { get; set; }

    public float? Temperature { get; set; }

    public float? TopP { get; set; }

    /// <summary>Not OpenAI's, but vLLM's: keep only the k likeliest tokens.</summary>
    public int? TopK { get; set; }

    /// <summary>Not OpenAI's, but vLLM's: drop tokens below this share of the likeliest one's probability.</summary>
    public float? MinP { get; set; }

    /// <summary>Not OpenAI's, but vLLM's: divides the logits of tokens seen before.</summary>
    public float? RepetitionPenalty { get; set; }

    public int? N { get; set; }

    /// <summary>A string or a list of at most four.</summary>
    public JsonElement? Stop { get; set; }

    public long? Seed { get; set; }

    public bool? Logprobs { get; set; }

    public int? TopLogprobs { get; set; }

    public Dictionary<string, float>? LogitBias { get; set; }

    public float? FrequencyPenalty { get; set; }

    public float? PresencePenalty { get; set; }

    public bool? Stream { get; set; }

    public StreamOptions? StreamOptions { get; set; }

    public JsonElement? ResponseFormat { get; set; }

    public JsonElement? Tools { get; set; }

    public JsonElement? ToolChoice { get; set; }

    /// <summary>False: at most one call in an answer.</summary>
    public bool? ParallelToolCalls { get; set; }

    /// <summary>Ours: false, or {collection, top_k, filter}.</summary>
    public JsonElement? Retrieval { get; set; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Extra { get; set; }
}

/// <summary>stream_options of a request.</summary>
public sealed record StreamOptions
{
    public bool? IncludeUsage { get; init; }
}
