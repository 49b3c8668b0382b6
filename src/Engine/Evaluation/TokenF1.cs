namespace Ratchet.Engine.Evaluation;

/// <summary>How many words an answer shares with the reference, each counted as often as both have it.</summary>
public static class TokenF1
{
    /// <summary>
    /// F1 of the words of SQuAD's normal form. As in SQuAD 2, an empty side gives 1 only where both are empty.
    /// </summary>
    /// <param name="prediction">What was answered.</param>
    /// <param name="reference">What should have been.</param>
    public static double Score(string prediction, string reference)
    {
        string[] predicted = SquadText.Tokens(prediction);
        string[] wanted = SquadText.Tokens(reference);
        return predicted.Length == 0 || wanted.Length == 0
            ? predicted.Length == wanted.Length ? 1 : 0
            : OverlapScore.OfBags(predicted, wanted).F1;
    }

    /// <summary>The best over several references; without a reference that says something, the right answer is none.</summary>
    /// <param name="prediction">What was answered.</param>
    /// <param name="references">Any of these would be right.</param>
    public static double Score(string prediction, IReadOnlyCollection<string> references)
    {
        string[] said = [.. references.Where(reference => SquadText.Tokens(reference).Length > 0)];
        return said.Length == 0 ? Score(prediction, "") : said.Max(reference => Score(prediction, reference));
    }

    /// <summary>
    /// The same for text without spaces between words: each CJK character is a token, marks fall away (CMRC's tokens).
    /// </summary>
    /// <param name="prediction">What was answered.</param>
    /// <param name="reference">What should have been.</param>
    public static double ScoreCjk(string prediction, string reference) =>
        OverlapScore.OfBags(CjkText.AnswerTokens(prediction), CjkText.AnswerTokens(reference)).F1;
}
