namespace Ratchet.Engine.Evaluation;

/// <summary>One Chinese answer by the rules of CMRC 2018 (Cui et al. 2019), on <see cref="CjkText.AnswerTokens"/>.</summary>
/// <param name="Exact">1 where the tokens, written together, are those of a reference, else 0.</param>
/// <param name="RunF1">F1 by the longest run of tokens that both have: what CMRC's own script gives.</param>
/// <param name="BagF1">F1 by tokens in any order, as SQuAD has it.</param>
public readonly record struct CmrcScore(double Exact, double RunF1, double BagF1)
{
    /// <summary>Each part the best over the references.</summary>
    /// <param name="prediction">What was answered.</param>
    /// <param name="references">Any of these would be right; at least one.</param>
    /// <exception cref="ArgumentException">There is no reference.</exception>
    public static CmrcScore Of(string prediction, IReadOnlyCollection<string> references)
    {
        if (references.Count == 0)
        {
            throw new ArgumentException("There is no reference; CMRC's questions have at least one.", nameof(references));
        }

        IReadOnlyList<string> predicted = CjkText.AnswerTokens(prediction);
        var best = default(CmrcScore);
        foreach (string reference in references)
        {
            IReadOnlyList<string> wanted = CjkText.AnswerTokens(reference);
            best = new CmrcScore(
                Math.Max(best.Exact, string.Concat(predicted) == string.Concat(wanted) ? 1 : 0),
                Math.Max(best.RunF1, OverlapScore.Of(Subsequence.RunLength(predicted, wanted), predicted.Count, wanted.Count).F1),
                Math.Max(best.BagF1, OverlapScore.OfBags(predicted, wanted).F1));
        }

        return best;
    }
}
