using Ratchet.Contracts.OpenAI;

namespace Ratchet.Gateway.Records;

/// <summary>A chat as kept, so that feedback can say what it is about.</summary>
public sealed record ChatRecord
{
    /// <summary>The completion's id.</summary>
    public required string Id { get; init; }

    public required long CreatedAt { get; init; }

    public required string Caller { get; init; }

    /// <summary>Exact id of what answered.</summary>
    public required string Model { get; init; }

    public string? Adapter { get; init; }

    public string? Collection { get; init; }

    public string Question { get; init; } = "";

    public string Answer { get; init; } = "";

    /// <summary>As OpenAI has it, or "cancelled" where the asker left before the end.</summary>
    public string? FinishReason { get; init; }

    public IReadOnlyList<TracedChunk> Chunks { get; init; } = [];

    /// <summary>Set where a document that the answer cites was deleted; question, answer and chunks are then gone.</summary>
    public long? PurgedAt { get; init; }
}
