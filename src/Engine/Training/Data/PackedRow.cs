namespace Ratchet.Engine.Training.Data;

/// <summary>Several samples laid one after another in a row; attention and positions restart with each.</summary>
/// <param name="Ids">Token ids, [length]; padding holds the padding id.</param>
/// <param name="Positions">Position inside the sample, [length], from 0 in each; 0 in padding.</param>
/// <param name="Segments">1, 2, ... per sample, [length]; 0 is padding. A token sees only tokens of its own segment.</param>
/// <param name="Targets">
/// [length]; true where the token counts as a target of the token before it. The first token of a segment never does,
/// since what stands before it belongs to another sample.
/// </param>
public sealed record PackedRow(int[] Ids, int[] Positions, int[] Segments, bool[] Targets)
{
    /// <summary>Tokens without padding.</summary>
    public int TokenCount => Segments.AsSpan().LastIndexOfAnyExcept(0) + 1;

    /// <summary>Tokens that count in a loss.</summary>
    public int TargetCount => Targets.AsSpan().Count(true);

    /// <summary>Lays <paramref name="samples"/> into one row, in the order given.</summary>
    /// <param name="samples">What to lay out.</param>
    /// <param name="length">Tokens of the row; the rest is padding. Null: as many as the samples have.</param>
    /// <param name="paddingId">Id that fills the rest of the row.</param>
    /// <exception cref="ArgumentException">The samples do not fit into the row.</exception>
    public static PackedRow LayOut(IReadOnlyList<TrainingSample> samples, int? length = null, int paddingId = 0)
    {
        int tokens = samples.Sum(sample => sample.Ids.Length);
        int rowLength = length ?? tokens;
        if (tokens > rowLength)
        {
            throw new ArgumentException($"{tokens} tokens do not fit into a row of {rowLength}.", nameof(samples));
        }

        int[] ids = new int[rowLength];
        int[] positions = new int[rowLength];
        int[] segments = new int[rowLength];
        bool[] targets = new bool[rowLength];
        int at = 0;
        for (int s = 0; s < samples.Count; s++)
        {
            TrainingSample sample = samples[s];
            for (int i = 0; i < sample.Ids.Length; i++, at++)
            {
                ids[at] = sample.Ids[i];
                positions[at] = i;
                segments[at] = s + 1;
                targets[at] = i > 0 && sample.Mask[i];
            }
        }

        ids.AsSpan(at).Fill(paddingId);
        return new PackedRow(ids, positions, segments, targets);
    }
}
