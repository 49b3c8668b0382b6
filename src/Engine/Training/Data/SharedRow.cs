namespace Ratchet.Engine.Training.Data;

/// <summary>Samples laid out as a tree: tokens that several begin with stand once, and what follows goes on from them.</summary>
/// <remarks>
/// Causal attention lets a token's numbers depend on what stands before it alone, so a beginning that samples share has the same numbers in
/// all of them. Segments lie depth first: each before those that go on from it, and one that goes on from nothing begins a sample.
/// Tokens after a sample's last target, and that target itself, predict nothing that is learnt: they are not laid out.
/// </remarks>
/// <param name="Ids">Token ids, [rows].</param>
/// <param name="Positions">Position inside the sample, [rows].</param>
/// <param name="RowCounts">Rows of each segment, [segments]; at least 1.</param>
/// <param name="Parents">The segment that each goes on from, [segments]; -1 where it begins a sample.</param>
/// <param name="Targets">What the rows predict, in the order of the rows.</param>
public sealed record SharedRow(int[] Ids, int[] Positions, int[] RowCounts, int[] Parents, SharedTarget[] Targets)
{
    /// <summary>Tokens that go through the model.</summary>
    public int TokenCount => Ids.Length;

    /// <summary>Tokens that count in a loss, each as often as samples have it.</summary>
    public int TargetCount => Targets.Sum(target => target.Count);
}

/// <summary>A token that a row predicts.</summary>
/// <param name="Row">The row before it.</param>
/// <param name="Id">The token.</param>
/// <param name="Count">Samples that learn it there.</param>
public readonly record struct SharedTarget(int Row, int Id, int Count);
