namespace Ratchet.Contracts.Rag;

/// <summary>One example as a sender gives it.</summary>
/// <param name="Split">Pins it: "train" or "held_out".</param>
/// <param name="State">Default "proposed".</param>
/// <param name="ParaphraseOf">Id of an example that asks the same thing.</param>
public sealed record ExampleInput(
    string? Question,
    string? Answer,
    string? Collection = null,
    string? DocumentKey = null,
    string? Split = null,
    string? State = null,
    string? ChunkId = null,
    string? Group = null,
    string? ParaphraseOf = null,
    bool? Counted = null,
    string? ReviewedBy = null);
