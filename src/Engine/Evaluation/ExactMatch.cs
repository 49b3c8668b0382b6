namespace Ratchet.Engine.Evaluation;

/// <summary>Whether an answer is the reference but for case, punctuation, articles and spaces.</summary>
public static class ExactMatch
{
    /// <summary>1 where the normal forms are the same, else 0.</summary>
    /// <param name="prediction">What was answered.</param>
    /// <param name="reference">What should have been.</param>
    public static double Score(string prediction, string reference) =>
        SquadText.Normalize(prediction) == SquadText.Normalize(reference) ? 1 : 0;

    /// <summary>The best over several references; none stands for one empty reference (the question has no answer).</summary>
    /// <param name="prediction">What was answered.</param>
    /// <param name="references">Any of these would be right.</param>
    public static double Score(string prediction, IReadOnlyCollection<string> references) =>
        references.Count == 0 ? Score(prediction, "") : references.Max(reference => Score(prediction, reference));
}
