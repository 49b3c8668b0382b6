namespace Ratchet.Engine.Evaluation;

/// <summary>Exact match and token F1 of one answer by the rules of SQuAD's first version, where every question has an answer.</summary>
/// <remarks>Second version: <see cref="OfSecondVersion"/>. Rajpurkar et al. 2016 and 2018.</remarks>
/// <param name="Exact">1 where the normal form is one of the references', else 0.</param>
/// <param name="F1">Of the words of both, the best over references.</param>
public readonly record struct SquadScore(double Exact, double F1)
{
    /// <summary>By the first version: an answer without words shares nothing with any reference.</summary>
    /// <param name="prediction">What was answered.</param>
    /// <param name="references">Any of these would be right; none stands for one empty reference.</param>
    public static SquadScore OfFirstVersion(string prediction, IReadOnlyCollection<string> references)
    {
        string[] predicted = SquadText.Tokens(prediction);
        return new SquadScore(
            ExactMatch.Score(prediction, references),
            references.Count == 0 ? 0 : references.Max(reference => OverlapScore.OfBags(predicted, SquadText.Tokens(reference)).F1));
    }

    /// <summary>By the second version: references without words say that there is no answer, and none is then right.</summary>
    /// <param name="prediction">What was answered.</param>
    /// <param name="references">Any of these would be right.</param>
    public static SquadScore OfSecondVersion(string prediction, IReadOnlyCollection<string> references)
    {
        string[] said = [.. references.Where(reference => SquadText.Tokens(reference).Length > 0)];
        return new SquadScore(ExactMatch.Score(prediction, said), TokenF1.Score(prediction, said));
    }
}
