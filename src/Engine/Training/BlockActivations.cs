using Ratchet.Engine.Models;

namespace Ratchet.Engine.Training;

/// <summary>What the forward pass of a block leaves for its backward pass: places in the arena of a <see cref="TrainingPass"/>.</summary>
internal sealed class BlockActivations
{
    /// <summary>Reserves memory.</summary>
    /// <param name="reserve">Gives the place of so many numbers.</param>
    /// <param name="model">The model.</param>
    /// <param name="block">Whose shape to follow.</param>
    /// <param name="tokens">Tokens of a pass.</param>
    /// <param name="rankMax">The largest rank of the adapter; 0 without one.</param>
    /// <param name="hasMagnitudes">Whether the adapter scales the outputs of its layers, which then are kept (DoRA).</param>
    public BlockActivations(Func<long, long> reserve, DecoderModel model, int block, int tokens, int rankMax, bool hasMagnitudes)
    {
        ModelConfig config = model.Config;
        DecoderBlock layers = model.Blocks[block];
        long hidden = (long)tokens * config.HiddenSize;
        Statistics = reserve(2L * tokens);
        Query = reserve((long)tokens * config.QuerySize);
        Key = reserve((long)tokens * config.KeyValueSize);
        Value = reserve((long)tokens * config.KeyValueSize);
        Attended = reserve((long)tokens * config.QuerySize);
        LogSum = reserve((long)tokens * config.HeadCount);
        Gate = reserve((long)tokens * config.FeedForwardSize);
        Up = config.IsGated ? reserve((long)tokens * config.FeedForwardSize) : Gate;
        RawQuery = layers.Attention.QueryNorm is null ? Query : reserve((long)tokens * config.QuerySize);
        RawKey = layers.Attention.KeyNorm is null ? Key : reserve((long)tokens * config.KeyValueSize);
        QueryStatistics = layers.Attention.QueryNorm is null ? 0 : reserve(2L * tokens * config.HeadCount);
        KeyStatistics = layers.Attention.KeyNorm is null ? 0 : reserve(2L * tokens * config.KeyValueHeadCount);
        if (!config.IsParallel)
        {
            Middle = reserve(hidden);
            MiddleStatistics = reserve(2L * tokens);
        }

        if (layers.PostAttentionNorm is not null)
        {
            (PostAttention, PostAttentionStatistics) = (reserve(hidden), reserve(2L * tokens));
        }

        if (layers.PostFeedForwardNorm is not null)
        {
            (PostFeedForward, PostFeedForwardStatistics) = (reserve(hidden), reserve(2L * tokens));
        }

        Projections = reserve((long)tokens * rankMax * model.LinearsPerBlock);
        Directions = hasMagnitudes ? [.. layers.Linears.Select(l => reserve((long)tokens * l.Outputs))] : [];
    }

    /// <summary>Of the norm before attention [2, tokens].</summary>
    public long Statistics { get; }

    /// <summary>[tokens, heads, headSize], turned by position.</summary>
    public long Query { get; }

    /// <summary>[tokens, keyValueHeads, headSize], turned by position.</summary>
    public long Key { get; }

    /// <summary>[tokens, keyValueHeads, headSize].</summary>
    public long Value { get; }

    /// <summary>Queries before their norm; <see cref="Query"/> where there is none.</summary>
    public long RawQuery { get; }

    /// <summary>Keys before their norm; <see cref="Key"/> where there is none.</summary>
    public long RawKey { get; }

    /// <summary>Of the queries' norm [2, tokens · heads].</summary>
    public long QueryStatistics { get; }

    /// <summary>Of the keys' norm [2, tokens · keyValueHeads].</summary>
    public long KeyStatistics { get; }

    /// <summary>[tokens, heads, headSize].</summary>
    public long Attended { get; }

    /// <summary>[tokens, heads].</summary>
    public long LogSum { get; }

    /// <summary>What attention gives before its norm [tokens, hidden].</summary>
    public long PostAttention { get; }

    /// <summary>[2, tokens].</summary>
    public long PostAttentionStatistics { get; }

    /// <summary>[tokens, hidden], between attention and feed-forward layer.</summary>
    public long Middle { get; }

    /// <summary>Of the norm before the feed-forward layer [2, tokens].</summary>
    public long MiddleStatistics { get; }

    /// <summary>What goes into the curve [tokens, feedForward].</summary>
    public long Gate { get; }

    /// <summary>[tokens, feedForward].</summary>
    public long Up { get; }

    /// <summary>What the feed-forward layer gives before its norm [tokens, hidden].</summary>
    public long PostFeedForward { get; }

    /// <summary>[2, tokens].</summary>
    public long PostFeedForwardStatistics { get; }

    /// <summary>[linears, tokens, rank]: scale · x·Aᵀ of each adapted layer.</summary>
    public long Projections { get; }

    /// <summary>Of each linear layer [tokens, outputs] before the gain; empty where the adapter has none.</summary>
    public IReadOnlyList<long> Directions { get; }

    /// <summary>Bytes that one block keeps.</summary>
    public static long ByteLength(DecoderModel model, int tokens, int rankMax, bool hasMagnitudes)
    {
        long count = 0;
        _ = new BlockActivations(size => count += size, model, 0, tokens, rankMax, hasMagnitudes);
        return count * sizeof(float);
    }
}
