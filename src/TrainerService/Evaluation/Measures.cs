using Ratchet.TrainerService.Gate;

namespace Ratchet.TrainerService.Evaluation;

/// <summary>The measures of the report.</summary>
internal static class Measures
{
    /// <summary>Harmonic mean of precision and recall over words, as bags.</summary>
    public static double TokenF1(string written, string reference)
    {
        List<string> a = Words(written), b = Words(reference);
        if (a.Count == 0 || b.Count == 0)
        {
            return a.Count == b.Count ? 1 : 0;
        }

        List<string> left = [.. b];
        int common = a.Count(left.Remove);
        return common == 0 ? 0 : 2.0 * common / (a.Count + b.Count);
    }

    public static double ExactMatch(string written, string reference) =>
        Words(written).SequenceEqual(Words(reference)) ? 1 : 0;

    /// <summary>F-measure of the longest common subsequence of words.</summary>
    public static double RougeL(string written, string reference)
    {
        List<string> a = Words(written), b = Words(reference);
        int[,] longest = new int[a.Count + 1, b.Count + 1];
        for (int i = 0; i < a.Count; i++)
        {
            for (int j = 0; j < b.Count; j++)
            {
                longest[i + 1, j + 1] = a[i] == b[j] ? longest[i, j] + 1 : Math.Max(longest[i, j + 1], longest[i + 1, j]);
            }
        }

        return a.Count + b.Count == 0 ? 1 : 2.0 * longest[a.Count, b.Count] / (a.Count + b.Count);
    }

    /// <summary>Percentile bootstrap of the mean of paired differences.</summary>
    public static Interval Bootstrap(double[] differences, int rounds, double confidence, ulong seed)
    {
        if (differences.Length == 0)
        {
            return default;
        }

        double[] means = new double[rounds];
        ulong state = seed;
        for (int round = 0; round < rounds; round++)
        {
            double sum = 0;
            for (int i = 0; i < differences.Length; i++)
            {
                sum += differences[(int)(SplitMix64(ref state) % (ulong)differences.Length)];
            }

            means[round] = sum / differences.Length;
        }

        Array.Sort(means);
        double tail = (1 - confidence) / 2;
        return new Interval(
            differences.Average(), means[(int)(tail * (rounds - 1))], means[(int)Math.Ceiling((1 - tail) * (rounds - 1))]);
    }

    private static ulong SplitMix64(ref ulong state)
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    private static List<string> Words(string text) =>
    [
        .. new string([.. text.ToLowerInvariant().Select(c => char.IsLetterOrDigit(c) ? c : ' ')])
            .Split(' ', StringSplitOptions.RemoveEmptyEntries),
    ];
}
