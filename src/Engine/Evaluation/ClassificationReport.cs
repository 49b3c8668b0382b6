namespace Ratchet.Engine.Evaluation;

/// <summary>Accuracy, precision, recall, F1 and agreement of predicted labels, equal to scikit-learn's with zero_division=0 (F92 to F94).</summary>
public sealed class ClassificationReport
{
    private readonly int[,] _confusion;

    private ClassificationReport(IReadOnlyList<string> labels, int[,] confusion, int[] trueCounts, int[] predictedCounts, int count, int right)
    {
        _confusion = confusion;
        Count = count;
        Accuracy = (double)right / count;
        PerClass = [.. labels.Select((label, i) => Score(label, confusion[i, i], trueCounts[i], predictedCounts[i]))];
        Macro = Mean(score => 1);
        Weighted = Mean(score => score.Support);
        int hits = Enumerable.Range(0, labels.Count).Sum(i => confusion[i, i]);
        Micro = OverlapScore.Of(hits, predictedCounts.Sum(), trueCounts.Sum());
        (MatthewsCorrelation, CohensKappa) = Agreement();
    }

    /// <summary>Examples.</summary>
    public int Count { get; }

    /// <summary>Share of examples whose label is right, whether or not it is one of the labels asked about.</summary>
    public double Accuracy { get; }

    /// <summary>One for each label, in the order given.</summary>
    public IReadOnlyList<ClassScore> PerClass { get; }

    /// <summary>Plain mean over labels; one that occurs nowhere counts as 0.</summary>
    public OverlapScore Macro { get; }

    /// <summary>From counts over all labels; equal to the accuracy where these are all labels there are.</summary>
    public OverlapScore Micro { get; }

    /// <summary>Mean over labels by how often each is the truth.</summary>
    public OverlapScore Weighted { get; }

    /// <summary>Correlation of truth and prediction, from -1 to 1 (Gorodkin 2004); 0 where one of them has a single label.</summary>
    public double MatthewsCorrelation { get; }

    /// <summary>Agreement beyond chance, from -1 to 1 (Cohen 1960); null where there is one label only.</summary>
    public double? CohensKappa { get; }

    /// <summary>Examples of one label that were given another.</summary>
    /// <param name="truth">Place of the true label.</param>
    /// <param name="predicted">Place of the predicted label.</param>
    public int Confusion(int truth, int predicted) => _confusion[truth, predicted];

    /// <summary>Compares labels.</summary>
    /// <param name="truth">What each example is.</param>
    /// <param name="predicted">What each was called; a name outside <paramref name="labels"/>, such as one for an answer without a label, is wrong.</param>
    /// <param name="labels">The labels to report, none twice.</param>
    /// <exception cref="ArgumentException">There is nothing to compare, the lists differ in length, or a label comes twice.</exception>
    public static ClassificationReport Of(IReadOnlyList<string> truth, IReadOnlyList<string> predicted, IReadOnlyList<string> labels)
    {
        if (truth.Count == 0 || truth.Count != predicted.Count)
        {
            throw new ArgumentException($"There are {truth.Count} true and {predicted.Count} predicted labels; one of each is needed for every example, and at least one example.");
        }

        if (labels.Count == 0 || labels.Distinct().Count() != labels.Count)
        {
            throw new ArgumentException($"The labels are {string.Join(", ", labels)}; at least one is needed, and none twice.", nameof(labels));
        }

        var places = labels.Select((label, i) => (label, i)).ToDictionary(pair => pair.label, pair => pair.i);
        int[,] confusion = new int[labels.Count, labels.Count];
        int[] trueCounts = new int[labels.Count];
        int[] predictedCounts = new int[labels.Count];
        int right = 0;
        for (int i = 0; i < truth.Count; i++)
        {
            right += truth[i] == predicted[i] ? 1 : 0;
            bool isKnown = places.TryGetValue(truth[i], out int row);
            if (isKnown)
            {
                trueCounts[row]++;
            }

            if (places.TryGetValue(predicted[i], out int column))
            {
                predictedCounts[column]++;
                confusion[row, column] += isKnown ? 1 : 0;
            }
        }

        return new ClassificationReport(labels, confusion, trueCounts, predictedCounts, truth.Count, right);
    }

    private static ClassScore Score(string label, int hits, int trueCount, int predictedCount)
    {
        var score = OverlapScore.Of(hits, predictedCount, trueCount);
        return new ClassScore(label, score.Precision, score.Recall, score.F1, trueCount);
    }

    private OverlapScore Mean(Func<ClassScore, double> weight)
    {
        double sum = PerClass.Sum(weight);
        return sum == 0 ? default : new OverlapScore(
            PerClass.Sum(score => weight(score) * score.Precision) / sum,
            PerClass.Sum(score => weight(score) * score.Recall) / sum,
            PerClass.Sum(score => weight(score) * score.F1) / sum);
    }

    private (double Matthews, double? Kappa) Agreement()
    {
        int size = PerClass.Count;
        double[] rows = new double[size];
        double[] columns = new double[size];
        double right = 0;
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < size; j++)
            {
                rows[i] += _confusion[i, j];
                columns[j] += _confusion[i, j];
            }

            right += _confusion[i, i];
        }

        double count = rows.Sum();
        double byChance = rows.Zip(columns, (row, column) => row * column).Sum();
        double spread = ((count * count) - columns.Sum(n => n * n)) * ((count * count) - rows.Sum(n => n * n));
        double matthews = spread == 0 ? 0 : ((right * count) - byChance) / Math.Sqrt(spread);
        double disagreementByChance = (count * count) - byChance;
        return (matthews, disagreementByChance == 0 ? null : 1 - ((count - right) * count / disagreementByChance));
    }
}
