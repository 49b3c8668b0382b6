using System.Text.Json.Serialization;

namespace Ratchet.Contracts.OpenAI;

/// <summary>A page of things, shaped as every list of OpenAI's API.</summary>
public sealed record ListResponse<T>
{
    [JsonPropertyOrder(-1)]
    public string Object { get; init; } = "list";

    public required IReadOnlyList<T> Data { get; init; }

    public string? FirstId { get; init; }

    public string? LastId { get; init; }

    public bool HasMore { get; init; }
}
