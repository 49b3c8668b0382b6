using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ratchet.Contracts.OpenAI;

/// <summary>The answer to a chat request that does not stream.</summary>
public sealed record ChatCompletion
{
    public required string Id { get; init; }

    public string Object { get; init; } = "chat.completion";

    public required long Created { get; init; }

    public required string Model { get; init; }

    public string? SystemFingerprint { get; init; }

    public required IReadOnlyList<ChatChoice> Choices { get; init; }

    public Usage? Usage { get; init; }

    /// <summary>Ours: which adapter answered from which chunks.</summary>
    public RetrievalTrace? XRatchet { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Extra { get; init; }
}

/// <summary>One of the n answers.</summary>
public sealed record ChatChoice
{
    public required int Index { get; init; }

    public required AssistantMessage Message { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public ChoiceLogprobs? Logprobs { get; init; }

    public required string FinishReason { get; init; }
}

/// <summary>What the model said.</summary>
public sealed record AssistantMessage
{
    public string Role { get; init; } = "assistant";

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? Content { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? Refusal { get; init; }

    public IReadOnlyList<Annotation> Annotations { get; init; } = [];

    /// <summary>Null where the model calls no function.</summary>
    public IReadOnlyList<ToolCall>? ToolCalls { get; init; }
}

/// <summary>A citation: where in the answer, and which source.</summary>
public sealed record Annotation
{
    public string Type { get; init; } = "url_citation";

    public required UrlCitation UrlCitation { get; init; }
}

/// <summary>The source of a stretch of the answer; indices count UTF-16 units, the end is exclusive.</summary>
public sealed record UrlCitation(int StartIndex, int EndIndex, string Title, string Url);

/// <summary>Ours, beside OpenAI's fields: what stood behind an answer.</summary>
public sealed record RetrievalTrace
{
    /// <summary>Exact id of the adapter, or null where the base answered.</summary>
    public string? Adapter { get; init; }

    public IReadOnlyList<TracedChunk> Chunks { get; init; } = [];

    /// <summary>False where retrieval found nothing that answers; null where it was switched off.</summary>
    public bool? Answerable { get; init; }

    /// <summary>Set where another model answered than the one that the request led to.</summary>
    public FallbackTrace? Fallback { get; init; }

    /// <summary>True where this is an answer that was given before; absent where the model wrote it.</summary>
    public bool? Cached { get; init; }
}

/// <summary>An answer by another model.</summary>
/// <param name="From">Exact id of the model that should have answered.</param>
/// <param name="Reason">Code of the error that kept it from answering.</param>
public sealed record FallbackTrace(string From, string Reason);

/// <summary>A chunk that was put into the prompt.</summary>
public sealed record TracedChunk(string Id, string Document, double Score)
{
    public string? Title { get; init; }

    public string? Text { get; init; }
}

/// <summary>Tokens read and written.</summary>
public sealed record Usage(int PromptTokens, int CompletionTokens, int TotalTokens)
{
    public PromptTokensDetails? PromptTokensDetails { get; init; }

    public CompletionTokensDetails? CompletionTokensDetails { get; init; }
}

/// <summary>Of the tokens read, those that a cache already held.</summary>
public sealed record PromptTokensDetails(int CachedTokens, int AudioTokens = 0);

/// <summary>Kinds of tokens written that OpenAI counts apart; we write none of them.</summary>
public sealed record CompletionTokensDetails(
    int ReasoningTokens = 0, int AudioTokens = 0, int AcceptedPredictionTokens = 0, int RejectedPredictionTokens = 0);

/// <summary>Log-probabilities of the answer's tokens.</summary>
public sealed record ChoiceLogprobs
{
    public required IReadOnlyList<TokenLogprob> Content { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public IReadOnlyList<TokenLogprob>? Refusal { get; init; }
}

/// <summary>A token, its natural log-probability, and its bytes (a token may be a part of a character).</summary>
public sealed record TokenLogprob(string Token, float Logprob, IReadOnlyList<int> Bytes)
{
    public IReadOnlyList<TokenLogprob>? TopLogprobs { get; init; }
}
