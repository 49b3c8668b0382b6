using Ratchet.Engine.Models;

namespace Ratchet.Engine.Training;

/// <summary>Which weights of a model learn where it is not an adapter that does.</summary>
/// <param name="LastBlockCount">So many blocks from the end (freeze); null for every weight (full).</param>
public readonly record struct TrainableSet(int? LastBlockCount)
{
    /// <summary>Every weight.</summary>
    public static readonly TrainableSet All = new(null);

    /// <summary>The last blocks; embeddings, head and final norm stay as they are.</summary>
    /// <param name="count">At least one.</param>
    public static TrainableSet LastBlocks(int count) => new(count);

    internal TrainableWeights Choose(DecoderModel model)
    {
        int blocks = model.Blocks.Count;
        if (LastBlockCount is { } count)
        {
            return count >= 1 && count <= blocks
                ? new TrainableWeights(model, blocks - count, hasEnds: false)
                : throw new InvalidConfigException(
                    nameof(TrainableSet), [$"{count} last blocks are to learn; the model has {blocks}, so it must be from 1 to {blocks}."]);
        }

        return new TrainableWeights(model, 0, hasEnds: true);
    }
}
