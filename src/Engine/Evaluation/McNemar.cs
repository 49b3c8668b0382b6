namespace Ratchet.Engine.Evaluation;

/// <summary>McNemar's test (1947): whether two systems are right on different numbers of the same examples.</summary>
/// <param name="ExactProbability">Two-sided, from the binomial distribution with chance 1/2; 1 where no example tells them apart.</param>
/// <param name="ChiSquare">(|b - c| - 1)² / (b + c), with the correction for continuity; null where b + c is 0.</param>
/// <param name="ChiSquareProbability">Chance of a statistic at least as large; null where there is none.</param>
public sealed record McNemar(double ExactProbability, double? ChiSquare, double? ChiSquareProbability)
{
    /// <summary>From the examples that one of both has right.</summary>
    /// <param name="onlyChampion">Examples that only the champion has right.</param>
    /// <param name="onlyCandidate">Examples that only the candidate has right.</param>
    public static McNemar Of(int onlyChampion, int onlyCandidate)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(onlyChampion);
        ArgumentOutOfRangeException.ThrowIfNegative(onlyCandidate);
        int count = checked(onlyChampion + onlyCandidate);
        if (count == 0)
        {
            return new McNemar(1, null, null);
        }

        double excess = Math.Abs(onlyChampion - onlyCandidate) - 1;
        double statistic = excess * excess / count;
        return new McNemar(
            Math.Min(1, 2 * LowerTail(Math.Min(onlyChampion, onlyCandidate), count)), statistic,
            SpecialFunctions.ErrorComplement(Math.Sqrt(statistic / 2)));
    }

    // The chance of at most k heads among n coins; logarithms, because 2^-n is no number beyond a thousand coins.
    private static double LowerTail(int k, int n)
    {
        double logTerm = -n * Math.Log(2);
        double sum = Math.Exp(logTerm);
        for (int i = 1; i <= k; i++)
        {
            logTerm += Math.Log((double)(n - i + 1) / i);
            sum += Math.Exp(logTerm);
        }

        return sum;
    }
}
