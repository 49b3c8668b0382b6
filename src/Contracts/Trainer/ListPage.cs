namespace Ratchet.Contracts.Trainer;

/// <summary>A list as OpenAI shapes it.</summary>
public sealed record ListPage<T>
{
    public string Object { get; init; } = "list";

    public required IReadOnlyList<T> Data { get; init; }

    public string? FirstId { get; init; }

    public string? LastId { get; init; }

    public bool HasMore { get; init; }
}
