namespace Ratchet.Engine.Training.Data;

/// <summary>Decides which samples share a pass and a beginning: neighbours in the order of their tokens.</summary>
public static class PrefixSharing
{
    /// <summary>Tokens below which a shared beginning is not worth a segment of its own.</summary>
    public const int SharedMin = 4;

    /// <summary>Lays samples into rows of at most <paramref name="tokensPerPass"/> tokens; a longer sample goes alone.</summary>
    /// <remarks>
    /// The samples are sorted by their tokens, so that those with the longest common beginning are neighbours, and cut into runs: as few as
    /// the limit allows, and then as even as that many can be, since a pass costs something whatever it holds.
    /// </remarks>
    /// <param name="samples">Each with at least one target.</param>
    /// <param name="tokensPerPass">Tokens of a row, what is not shared of each sample counted.</param>
    /// <param name="keysMax">Keys that attention may read in one row.</param>
    public static IReadOnlyList<SharedRow> LayOut(IReadOnlyList<TrainingSample> samples, int tokensPerPass, int keysMax)
    {
        var sorted = new SortedSamples(samples);
        int rows = sorted.Cut(tokensPerPass, keysMax).Count;
        int lowest = 1;
        int limit = tokensPerPass;
        while (lowest < limit)
        {
            int middle = lowest + ((limit - lowest) / 2);
            if (sorted.Cut(middle, keysMax).Count > rows)
            {
                lowest = middle + 1;
            }
            else
            {
                limit = middle;
            }
        }

        return [.. sorted.Cut(limit, keysMax).Select(run => new SharedRowBuilder(sorted, run.First, run.End).Build())];
    }
}
