using Ratchet.Engine.Models;

namespace Ratchet.Engine.Training;

/// <summary>What the forward pass of a block leaves for its backward pass: places in the arena of a <see cref="TrainingPass"/>.</summary>
internal sealed class BlockActivations
{
    public const int LinearCount = 7;

    public BlockActivations(FloatArena arena, ModelConfig config, int tokens, int rankMax)
    {
        InverseRms = arena.Reserve(tokens);
        InverseRmsOfMiddle = arena.Reserve(tokens);
        Query = arena.Reserve((long)tokens * config.QuerySize);
        Key = arena.Reserve((long)tokens * config.KeyValueSize);
        Value = arena.Reserve((long)tokens * config.KeyValueSize);
        Attended = arena.Reserve((long)tokens * config.QuerySize);
        LogSum = arena.Reserve((long)tokens * config.HeadCount);
        Middle = arena.Reserve((long)tokens * config.HiddenSize);
        Gate = arena.Reserve((long)tokens * config.FeedForwardSize);
        Up = arena.Reserve((long)tokens * config.FeedForwardSize);
        Projections = arena.Reserve((long)tokens * rankMax * LinearCount);
    }

    /// <summary>[tokens], of the norm before attention.</summary>
    public long InverseRms { get; }

    /// <summary>[tokens], of the norm before the feed-forward layer.</summary>
    public long InverseRmsOfMiddle { get; }

    /// <summary>[tokens, heads, headSize], turned by position.</summary>
    public long Query { get; }

    /// <summary>[tokens, keyValueHeads, headSize], turned by position.</summary>
    public long Key { get; }

    /// <summary>[tokens, keyValueHeads, headSize].</summary>
    public long Value { get; }

    /// <summary>[tokens, heads, headSize].</summary>
    public long Attended { get; }

    /// <summary>[tokens, heads].</summary>
    public long LogSum { get; }

    /// <summary>[tokens, hidden], between attention and feed-forward layer.</summary>
    public long Middle { get; }

    /// <summary>[tokens, feedForward].</summary>
    public long Gate { get; }

    /// <summary>[tokens, feedForward].</summary>
    public long Up { get; }

    /// <summary>Seven times [tokens, rank]: scale · x·Aᵀ of each adapted layer.</summary>
    public long Projections { get; }

    /// <summary>Bytes of one token.</summary>
    public static long BytesPerToken(ModelConfig config, int rankMax) => sizeof(float) * (
        2 + (2L * config.QuerySize) + (2L * config.KeyValueSize) + config.HeadCount + config.HiddenSize + (2L * config.FeedForwardSize)
        + ((long)rankMax * LinearCount));
}
