namespace Ratchet.Datasets;

/// <summary>Gathers what is wrong; counts all, lists the first.</summary>
internal sealed class IssueList(int listedMax)
{
    private readonly List<DatasetIssue> _errors = [];
    private readonly List<DatasetIssue> _warnings = [];

    public IReadOnlyList<DatasetIssue> Errors => [.. _errors.OrderBy(issue => issue.Line).ThenBy(issue => issue.Column)];

    public IReadOnlyList<DatasetIssue> Warnings => [.. _warnings.OrderBy(issue => issue.Line).ThenBy(issue => issue.Column)];

    public int ErrorCount { get; private set; }

    public int WarningCount { get; private set; }

    public void Error(int line, int column, string code, string message)
    {
        ErrorCount++;
        if (_errors.Count < listedMax)
        {
            _errors.Add(new DatasetIssue(line, column, code, message));
        }
    }

    public void Warning(int line, int column, string code, string message)
    {
        WarningCount++;
        if (_warnings.Count < listedMax)
        {
            _warnings.Add(new DatasetIssue(line, column, code, message));
        }
    }
}
