namespace Ratchet.Contracts.OpenAI;

/// <summary>A model that can be named in a request. Root and parent are vLLM's: the adapter's folder and its base.</summary>
public sealed record ModelCard
{
    public required string Id { get; init; }

    public string Object { get; init; } = "model";

    public required long Created { get; init; }

    public required string OwnedBy { get; init; }

    public string? Root { get; init; }

    public string? Parent { get; init; }
}

/// <summary>Answer to a deletion.</summary>
public sealed record DeletedResponse(string Id, string Object, bool Deleted = true);
