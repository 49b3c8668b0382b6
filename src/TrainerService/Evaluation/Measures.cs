using System.Text;
using Ratchet.Engine.Evaluation;
using Ratchet.TrainerService.Gate;

namespace Ratchet.TrainerService.Evaluation;

/// <summary>The engine's measures, by character where the reference is Chinese, Japanese or Korean.</summary>
internal static class Measures
{
    public static double OverlapF1(string written, string reference) => IsCjk(reference)
        ? TokenF1.ScoreCjk(written, reference)
        : TokenF1.Score(written, reference);

    public static double Exact(string written, string reference) => ExactMatch.Score(written, reference);

    public static double RougeL(string written, string reference) =>
        Rouge.Score(written, reference, IsCjk(reference) ? RougeTokens.CjkCharacters : RougeTokens.Words).RougeL.F1;

    /// <summary>BLEU of all answers together, 0 to 100; by character where most references are Chinese, Japanese or Korean.</summary>
    public static double CorpusBleu(IReadOnlyList<(string Written, string Reference)> answers) => Bleu.OfCorpus(
        [.. answers.Select(a => a.Written)], [[.. answers.Select(a => a.Reference)]],
        2 * answers.Count(a => IsCjk(a.Reference)) > answers.Count ? BleuTokens.Chinese : BleuTokens.Mteval13A).Score;

    /// <summary>BLEU of one answer, 0 to 1.</summary>
    public static double AnswerBleu(string written, string reference) =>
        Bleu.OfSentence(written, [reference], IsCjk(reference) ? BleuTokens.Chinese : BleuTokens.Mteval13A).Score / 100;

    /// <summary>Interval of the mean of paired differences; all zero where there are none.</summary>
    public static Interval Bootstrap(double[] differences, int rounds, double confidence, ulong seed)
    {
        if (differences.Length == 0)
        {
            return default;
        }

        BootstrapResult result = PairedBootstrap.Compare(
            new double[differences.Length], differences, seed, rounds, confidence);
        return new Interval(result.Difference, result.Lower, result.Upper);
    }

    private static bool IsCjk(string text)
    {
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (CjkText.IsCjk(rune))
            {
                return true;
            }
        }

        return false;
    }
}
