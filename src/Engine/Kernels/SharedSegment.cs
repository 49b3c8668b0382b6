namespace Ratchet.Engine.Kernels;

/// <summary>Tokens of a packed row that stand after those of another segment, which several may share: a node of a tree.</summary>
/// <remarks>
/// Nodes lie in the order of their rows, each before those that go on from it (depth first), so all that see a node's keys are the nodes
/// from it up to <see cref="End"/>.
/// </remarks>
internal struct SharedSegment
{
    /// <summary>Its first row.</summary>
    public int FirstRow { get; set; }

    /// <summary>Its own rows.</summary>
    public int RowCount { get; set; }

    /// <summary>The node before it, or -1.</summary>
    public int Parent { get; set; }

    /// <summary>Tokens of the nodes before it: its first token's position.</summary>
    public int Before { get; set; }

    /// <summary>The node after the last one that goes on from it.</summary>
    public int End { get; set; }

    /// <summary>Where its gathered keys begin: <see cref="KeyCount"/> rows, in the order of positions.</summary>
    public int FirstKey { get; set; }

    /// <summary>Keys that its last token sees.</summary>
    public readonly int KeyCount => Before + RowCount;
}
