namespace Ratchet.Engine.Inference;

/// <summary>What a <see cref="GenerationEngine"/> takes on at once.</summary>
public sealed record GenerationLimits
{
    /// <summary>Answers written at the same time.</summary>
    public int SequencesMax { get; init; } = 32;

    /// <summary>Answers that wait for a place; one more is refused.</summary>
    public int QueueMax { get; init; } = 128;

    /// <summary>Bytes of key/value cache for running answers and remembered prefixes.</summary>
    public long CacheBytesMax { get; init; } = 2L << 30;

    /// <summary>Prefixes of finished answers that are remembered; 0 remembers none.</summary>
    public int PrefixesMax { get; init; } = 16;

    /// <summary>Tokens of an answer that are guessed from what stands before and read together (<see cref="PromptLookup"/>); 0 guesses none. The answer is the same.</summary>
    public int GuessesMax { get; init; }
}
