namespace Ratchet.Datasets;

/// <summary>The usable rows of a file and the report on all of it.</summary>
public sealed record DatasetReadResult(DatasetFormat Format, IReadOnlyList<ConversationRow> Rows, DatasetReport Report)
{
    /// <summary>The rows without exact and near duplicates of earlier ones (F29).</summary>
    public IEnumerable<ConversationRow> DistinctRows =>
        Rows.Where(row => row.DuplicateOfLine is null && row.NearDuplicateOfLine is null);
}
