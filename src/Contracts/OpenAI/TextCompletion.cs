using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ratchet.Contracts.OpenAI;

/// <summary>POST /v1/completions: plain text in, plain text out.</summary>
public sealed class TextCompletionRequest
{
    public string? Model { get; set; }

    /// <summary>A string, a list of strings, token ids, or a list of lists of token ids.</summary>
    public JsonElement? Prompt { get; set; }

    public int? MaxTokens { get; set; }

    public float? Temperature { get; set; }

    public float? TopP { get; set; }

    public int? TopK { get; set; }

    public float? MinP { get; set; }

    public float? RepetitionPenalty { get; set; }

    public int? N { get; set; }

    public JsonElement? Stop { get; set; }

    public long? Seed { get; set; }

    /// <summary>How many alternatives to report for each token, 0 to 5; null for none.</summary>
    public int? Logprobs { get; set; }

    public Dictionary<string, float>? LogitBias { get; set; }

    public float? FrequencyPenalty { get; set; }

    public float? PresencePenalty { get; set; }

    public bool? Echo { get; set; }

    public bool? Stream { get; set; }

    public StreamOptions? StreamOptions { get; set; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Extra { get; set; }
}

/// <summary>The answer, whole or (streamed) in pieces of the same shape.</summary>
public sealed record TextCompletion
{
    public required string Id { get; init; }

    public string Object { get; init; } = "text_completion";

    public required long Created { get; init; }

    public required string Model { get; init; }

    public string? SystemFingerprint { get; init; }

    public required IReadOnlyList<TextChoice> Choices { get; init; }

    public Usage? Usage { get; init; }
}

/// <summary>One of the n texts.</summary>
public sealed record TextChoice
{
    public required int Index { get; init; }

    public required string Text { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public TextLogprobs? Logprobs { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? FinishReason { get; init; }
}

/// <summary>Log-probabilities in the older, columnar shape.</summary>
public sealed record TextLogprobs(
    IReadOnlyList<string> Tokens,
    IReadOnlyList<float?> TokenLogprobs,
    IReadOnlyList<IReadOnlyDictionary<string, float>?> TopLogprobs,
    IReadOnlyList<int> TextOffset);
