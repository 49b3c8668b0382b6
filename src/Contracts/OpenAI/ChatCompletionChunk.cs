using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ratchet.Contracts.OpenAI;

/// <summary>One event of a streamed answer.</summary>
public sealed record ChatCompletionChunk
{
    public required string Id { get; init; }

    public string Object { get; init; } = "chat.completion.chunk";

    public required long Created { get; init; }

    public required string Model { get; init; }

    public string? SystemFingerprint { get; init; }

    public required IReadOnlyList<ChunkChoice> Choices { get; init; }

    public Usage? Usage { get; init; }

    /// <summary>Ours, on the last chunk: which adapter answered from which chunks.</summary>
    public RetrievalTrace? XRatchet { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Extra { get; init; }
}

/// <summary>What is new in one of the n answers.</summary>
public sealed record ChunkChoice
{
    public required int Index { get; init; }

    public required ChunkDelta Delta { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public ChoiceLogprobs? Logprobs { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? FinishReason { get; init; }
}

/// <summary>The new piece: the role first, then text, at last nothing.</summary>
public sealed record ChunkDelta
{
    public string? Role { get; init; }

    public string? Content { get; init; }

    public IReadOnlyList<ToolCall>? ToolCalls { get; init; }

    public IReadOnlyList<Annotation>? Annotations { get; init; }
}
