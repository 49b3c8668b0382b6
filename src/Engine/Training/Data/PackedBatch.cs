namespace Ratchet.Engine.Training.Data;

/// <summary>Rows that go through the model together; the loss is normalised over the targets of all batches of a step.</summary>
/// <param name="Rows">The rows, in the order in which they were opened.</param>
public sealed record PackedBatch(IReadOnlyList<PackedRow> Rows)
{
    /// <summary>Tokens without padding.</summary>
    public int TokenCount => Rows.Sum(row => row.TokenCount);

    /// <summary>Tokens that count in a loss.</summary>
    public int TargetCount => Rows.Sum(row => row.TargetCount);
}
