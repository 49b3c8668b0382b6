namespace Ratchet.Engine.Evaluation;

/// <summary>
/// Scores of one ranked list against graded judgements, equal to trec_eval's: gains are the grades, the discount is
/// log2(place + 1), a document that was not judged has the grade 0.
/// </summary>
public sealed class RankingScore
{
    private readonly int[] _grades;
    private readonly int[] _ideal;
    private readonly int _relevantCount;

    /// <summary>Takes a list and its judgements.</summary>
    /// <param name="returned">Documents, best first, none twice.</param>
    /// <param name="relevance">Grade of each judged document; above 0 is relevant.</param>
    public RankingScore(IReadOnlyList<string> returned, IReadOnlyDictionary<string, int> relevance)
    {
        _grades = [.. returned.Select(document => Math.Max(0, relevance.GetValueOrDefault(document)))];
        _ideal = [.. relevance.Values.Where(grade => grade > 0).OrderDescending()];
        _relevantCount = _ideal.Length;
    }

    /// <summary>Mean of the precisions at each relevant document, over all that are relevant.</summary>
    public double AveragePrecision
    {
        get
        {
            int hits = 0;
            double sum = 0;
            for (int i = 0; i < _grades.Length; i++)
            {
                if (_grades[i] > 0)
                {
                    sum += (double)++hits / (i + 1);
                }
            }

            return _relevantCount == 0 ? 0 : sum / _relevantCount;
        }
    }

    /// <summary>Share of the first places that are relevant; places that were not filled count as wrong.</summary>
    /// <param name="places">k, at least 1.</param>
    public double Precision(int places) => (double)Hits(places) / places;

    /// <summary>Share of the relevant documents that stand on the first places.</summary>
    /// <param name="places">k, at least 1.</param>
    public double Recall(int places) => _relevantCount == 0 ? 0 : (double)Hits(places) / _relevantCount;

    /// <summary>1 where a relevant document stands on the first places, else 0.</summary>
    /// <param name="places">k, at least 1.</param>
    public double HitRate(int places) => Hits(places) > 0 ? 1 : 0;

    /// <summary>1 / place of the first relevant document; 0 where there is none.</summary>
    /// <param name="places">Only so many places are looked at.</param>
    public double ReciprocalRank(int places = int.MaxValue)
    {
        int first = Array.FindIndex(_grades, grade => grade > 0);
        return first >= 0 && first < places ? 1.0 / (first + 1) : 0;
    }

    /// <summary>Discounted cumulative gain over that of the best order of all judged documents (Järvelin and Kekäläinen 2002).</summary>
    /// <param name="places">Only so many places are looked at, in both.</param>
    /// <param name="isExponential">Gains of 2^grade - 1 (Burges et al. 2005) in place of the grade itself.</param>
    public double Ndcg(int places = int.MaxValue, bool isExponential = false)
    {
        double ideal = Gain(_ideal, places, isExponential);
        return ideal == 0 ? 0 : Gain(_grades, places, isExponential) / ideal;
    }

    private static double Gain(int[] grades, int places, bool isExponential)
    {
        double sum = 0;
        for (int i = 0; i < Math.Min(places, grades.Length); i++)
        {
            sum += (isExponential ? Math.Pow(2, grades[i]) - 1 : grades[i]) / Math.Log2(i + 2);
        }

        return sum;
    }

    private int Hits(int places)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(places, 1);
        return _grades.Take(places).Count(grade => grade > 0);
    }
}
