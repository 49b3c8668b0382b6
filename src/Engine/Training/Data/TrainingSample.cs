namespace Ratchet.Engine.Training.Data;

/// <summary>One tokenised sample and which of its tokens the model shall learn to predict.</summary>
/// <param name="Ids">Token ids, [tokens].</param>
/// <param name="Mask">
/// [tokens]; true where the token is a target. Not shifted: token i is predicted from the tokens before i, so the first
/// entry never counts in a loss.
/// </param>
public sealed record TrainingSample(int[] Ids, bool[] Mask)
{
    /// <summary>Tokens that count in a loss: the targets after the first token.</summary>
    public int TargetCount
    {
        get
        {
            int count = 0;
            for (int i = 1; i < Mask.Length; i++)
            {
                count += Mask[i] ? 1 : 0;
            }

            return count;
        }
    }

    /// <summary>The first <paramref name="tokensMax"/> tokens, or null where no target would be left.</summary>
    public TrainingSample? Truncated(int tokensMax)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(tokensMax);
        TrainingSample kept = Ids.Length <= tokensMax ? this : new(Ids[..tokensMax], Mask[..tokensMax]);
        return kept.TargetCount == 0 ? null : kept;
    }
}
