namespace Ratchet.Datasets;

/// <summary>What a file holds and what is wrong with it; serialises as it is, in snake_case.</summary>
/// <param name="Bytes">Bytes read.</param>
/// <param name="Total">Rows met, usable or not.</param>
/// <param name="Accepted">Rows that can be trained on.</param>
/// <param name="Rejected">Rows with an error.</param>
/// <param name="Skipped">Rows left out with a warning: empty, or turns in the wrong order.</param>
/// <param name="MeanPromptLength">Characters before what is learned, mean over the accepted rows.</param>
/// <param name="MeanCompletionLength">Characters that are learned.</param>
/// <param name="EmptyCount">Rows with an empty prompt or an empty completion.</param>
/// <param name="LongCount">Rows over the limit on characters (4,000).</param>
/// <param name="DuplicateCount">Rows equal to an earlier one.</param>
/// <param name="NearDuplicateCount">Rows that say nearly the same as an earlier one.</param>
/// <param name="GarbledCount">Rows with replacement characters, wrongly decoded text or control characters.</param>
/// <param name="SpecialTokenCount">Rows whose text holds a model's control token; it stays text.</param>
/// <param name="ErrorCount">All errors, also those that are no longer listed.</param>
/// <param name="Notes">Advice in words.</param>
public sealed record DatasetReport(
    DatasetFormat Format,
    DatasetContainer Container,
    long Bytes,
    int Total,
    int Accepted,
    int Rejected,
    int Skipped,
    double MeanPromptLength,
    double MeanCompletionLength,
    int EmptyCount,
    int LongCount,
    int DuplicateCount,
    int NearDuplicateCount,
    int GarbledCount,
    int SpecialTokenCount,
    int ErrorCount,
    int WarningCount,
    IReadOnlyList<DatasetIssue> Errors,
    IReadOnlyList<DatasetIssue> Warnings,
    IReadOnlyList<string> Notes)
{
    /// <summary>Whether the file can be trained on as it is.</summary>
    public bool Usable => ErrorCount == 0;
}
