namespace Ratchet.TrainerService.Evaluation;

/// <summary>Scored answers, found by set, model and mode.</summary>
internal sealed class ScoreTable
{
    private readonly Dictionary<string, EvaluationItem> _items;
    private readonly ILookup<(string Role, string Mode), EvaluationResult> _results;

    public ScoreTable(IReadOnlyList<EvaluationItem> items, IReadOnlyList<EvaluationResult> results)
    {
        Items = items;
        _items = items.ToDictionary(item => item.Id);
        _results = results.DistinctBy(r => (r.Role, r.Mode, r.Item)).ToLookup(r => (r.Role, r.Mode));
        TokenCount = results.Sum(r => (long)r.Tokens);
    }

    public IReadOnlyList<EvaluationItem> Items { get; }

    public long TokenCount { get; }

    public IReadOnlyList<EvaluationResult> Of(string role, string mode) => [.. _results[(role, mode)]];

    /// <summary>Items of a set with their results, in the order of the items' ids.</summary>
    public IReadOnlyList<(EvaluationItem Item, EvaluationResult Result)> Rows(string set, string role, string mode) =>
    [
        .. _results[(role, mode)].Where(r => _items[r.Item].Set == set).OrderBy(r => r.Item, StringComparer.Ordinal)
            .Select(r => (_items[r.Item], r)),
    ];

    /// <summary>Candidate minus reference, item by item; what is of texts only where both wrote, BERTScore where both have one.</summary>
    public PairedDifferences Differences(string set, string mode, string candidate, string reference)
    {
        var differences = new PairedDifferences([], [], [], []);
        var before = Of(reference, mode).ToDictionary(r => r.Item);
        foreach ((EvaluationItem item, EvaluationResult after) in Rows(set, candidate, mode))
        {
            if (!before.TryGetValue(item.Id, out EvaluationResult? old))
            {
                continue;
            }

            differences.Nll.Add(after.MeanNll - old.MeanNll);
            if (after.Text is { } written && old.Text is { } earlier)
            {
                differences.TokenF1.Add(Measures.OverlapF1(written, item.Answer) - Measures.OverlapF1(earlier, item.Answer));
                differences.Bleu.Add(Measures.AnswerBleu(written, item.Answer) - Measures.AnswerBleu(earlier, item.Answer));
            }

            if (after.BertScore is { } score && old.BertScore is { } earlierScore)
            {
                differences.BertScore.Add(score - earlierScore);
            }
        }

        return differences;
    }
}

/// <summary>Candidate minus reference, one number for each question.</summary>
internal sealed record PairedDifferences(List<double> Nll, List<double> TokenF1, List<double> Bleu, List<double> BertScore);
