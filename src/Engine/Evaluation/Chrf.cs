using System.Text;

namespace Ratchet.Engine.Evaluation;

/// <summary>
/// chrF and chrF++ (Popović 2015, 2017), equal to sacrebleu's numbers: F2 of runs of up to 6 characters, white space left
/// out, and for chrF++ of runs of up to 2 words too. In percent.
/// </summary>
public static class Chrf
{
    private const int CharacterOrders = 6;

    // F2: recall weighs twice as much as precision.
    private const double SquaredBeta = 4;

    // string.punctuation of Python.
    private const string Punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

    /// <summary>The score of one segment, by the reference that fits best.</summary>
    /// <param name="prediction">What was written.</param>
    /// <param name="references">Any of these would be right; at least one.</param>
    /// <param name="wordOrders">0 for chrF, 2 for chrF++.</param>
    public static double OfSentence(string prediction, IReadOnlyList<string> references, int wordOrders = 0) =>
        Score(Best(prediction, references, wordOrders));

    /// <summary>The score of a set: counts of each segment, by the reference that fits it best, are summed first.</summary>
    /// <param name="predictions">One a segment.</param>
    /// <param name="references">One list or several, each with one reference a segment.</param>
    /// <param name="wordOrders">0 for chrF, 2 for chrF++.</param>
    /// <exception cref="ArgumentException">There is no reference, or the lists differ in length.</exception>
    public static double OfCorpus(IReadOnlyList<string> predictions, IReadOnlyList<IReadOnlyList<string>> references, int wordOrders = 0)
    {
        if (references.Any(list => list.Count != predictions.Count))
        {
            throw new ArgumentException(
                $"There are {predictions.Count} predictions and reference lists of {string.Join(", ", references.Select(list => list.Count))}; "
                + "every list needs one reference for each prediction.");
        }

        var sum = new Counts[CharacterOrders + wordOrders];
        for (int i = 0; i < predictions.Count; i++)
        {
            Counts[] best = Best(predictions[i], [.. references.Select(list => list[i])], wordOrders);
            for (int order = 0; order < sum.Length; order++)
            {
                sum[order] = new Counts(
                    sum[order].Prediction + best[order].Prediction, sum[order].Reference + best[order].Reference,
                    sum[order].Shared + best[order].Shared);
            }
        }

        return Score(sum);
    }

    private static Counts[] Best(string prediction, IReadOnlyList<string> references, int wordOrders)
    {
        ArgumentOutOfRangeException.ThrowIfZero(references.Count);
        ArgumentOutOfRangeException.ThrowIfNegative(wordOrders);
        Dictionary<string, int>[] predicted = Runs(prediction, wordOrders);
        return references
            .Select(reference => predicted.Zip(Runs(reference, wordOrders), Compare).ToArray())
            .MaxBy(Score)!;
    }

    private static Counts Compare(Dictionary<string, int> predicted, Dictionary<string, int> wanted) => new(
        wanted.Count > 0 ? predicted.Values.Sum() : 0,
        wanted.Values.Sum(),
        wanted.Sum(run => Math.Min(run.Value, predicted.GetValueOrDefault(run.Key))));

    // Orders that one side is too short for are left out of both means.
    private static double Score(Counts[] counts)
    {
        Counts[] used = [.. counts.Where(order => order.Prediction > 0 && order.Reference > 0)];
        if (used.Length == 0)
        {
            return 0;
        }

        double precision = used.Average(order => (double)order.Shared / order.Prediction);
        double recall = used.Average(order => (double)order.Shared / order.Reference);
        return precision + recall > 0 ? 100 * (1 + SquaredBeta) * precision * recall / ((SquaredBeta * precision) + recall) : 0;
    }

    private static Dictionary<string, int>[] Runs(string text, int wordOrders)
    {
        string[] words = PythonSpace.Split(text);
        string[] characters = [.. words.SelectMany(word => word.EnumerateRunes()).Select(rune => rune.ToString())];
        string[] parts = [.. words.SelectMany(WithoutMark)];
        return
        [
            .. Enumerable.Range(1, CharacterOrders).Select(order => WordRuns.Count(characters, order)),
            .. Enumerable.Range(1, wordOrders).Select(order => WordRuns.Count(parts, order)),
        ];
    }

    // One mark at the end, else one at the beginning, is a word of its own.
    private static string[] WithoutMark(string word)
    {
        Rune[] runes = [.. word.EnumerateRunes()];
        return runes.Length == 1 ? [word]
            : Punctuation.Contains(word[^1]) ? [word[..^1], word[^1..]]
            : Punctuation.Contains(word[0]) ? [word[..1], word[1..]]
            : [word];
    }

    private readonly record struct Counts(int Prediction, int Reference, int Shared);
}
