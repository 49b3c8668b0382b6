namespace Ratchet.Engine.Training.Data;

/// <summary>Which samples share a row.</summary>
/// <param name="Rows">Sample indices of each row, in the order of placing.</param>
/// <param name="NotPacked">Samples without tokens or longer than a row, by index.</param>
/// <param name="RowLength">Tokens that a row holds.</param>
/// <param name="Padding">Positions left over in all rows together.</param>
public sealed record PackingPlan(
    IReadOnlyList<IReadOnlyList<int>> Rows, IReadOnlyList<int> NotPacked, int RowLength, long Padding)
{
    /// <summary>Share of all positions that hold a token, in [0, 1]; 0 without rows.</summary>
    public double UsedShare => Rows.Count == 0 ? 0 : 1 - ((double)Padding / ((long)Rows.Count * RowLength));
}
