using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ratchet.Contracts.OpenAI;

/// <summary>POST /v1/embeddings.</summary>
public sealed class EmbeddingRequest
{
    public string? Model { get; set; }

    /// <summary>A string, strings, token ids, or lists of token ids.</summary>
    public JsonElement? Input { get; set; }

    /// <summary>float (numbers) or base64 (little-endian float32).</summary>
    public string? EncodingFormat { get; set; }

    public int? Dimensions { get; set; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Extra { get; set; }
}

/// <summary>The vectors, in the order of the inputs.</summary>
public sealed record EmbeddingResponse
{
    public string Object { get; init; } = "list";

    public required IReadOnlyList<EmbeddingRow> Data { get; init; }

    public required string Model { get; init; }

    public required EmbeddingUsage Usage { get; init; }
}

/// <summary>One vector: an array of numbers, or a base64 string.</summary>
public sealed record EmbeddingRow(int Index, JsonElement Embedding)
{
    public string Object { get; init; } = "embedding";
}

/// <summary>Tokens read.</summary>
public sealed record EmbeddingUsage(int PromptTokens, int TotalTokens);
