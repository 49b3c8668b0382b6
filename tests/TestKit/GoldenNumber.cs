using System.Collections.Concurrent;
using System.Globalization;

namespace Ratchet.TestKit;

/// <summary>
/// Compares single numbers with golden ones. With GOLDEN_REPORT=file the worst difference for each golden file is written
/// there when the test program ends: the figures of docs/testing.md.
/// </summary>
public static class GoldenNumber
{
    private static readonly ConcurrentDictionary<string, (int Count, double Difference, double Tolerance)> Worst = new();

    static GoldenNumber()
    {
        if (Environment.GetEnvironmentVariable("GOLDEN_REPORT") is { Length: > 0 } path)
        {
            AppDomain.CurrentDomain.ProcessExit += (_, _) => File.AppendAllLines(path, Worst.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(
                pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key}: {pair.Value.Count} numbers, worst {pair.Value.Difference:G3}, allowed {pair.Value.Tolerance:G3}")));
        }
    }

    /// <summary>As <see cref="TensorAssert.Close"/>, with the largest difference in the report.</summary>
    /// <param name="file">The golden file, for the report.</param>
    /// <param name="expected">As the file has it.</param>
    /// <param name="actual">As computed.</param>
    /// <param name="atol">Absolute tolerance.</param>
    /// <param name="what">What is compared, for the message.</param>
    public static void Close(string file, ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, float atol, string what)
    {
        TensorAssert.Close(expected, actual, atol, 0f, what);
        float largest = 0f;
        for (int i = 0; i < expected.Length; i++)
        {
            largest = MathF.Max(largest, MathF.Abs(actual[i] - expected[i]));
        }

        Near(file, 0, largest, atol, 0, what);
    }

    /// <summary>Throws unless |actual - expected| ≤ atol + rtol · |expected|.</summary>
    /// <param name="file">The golden file, for the report.</param>
    /// <param name="expected">As the file has it.</param>
    /// <param name="actual">As computed.</param>
    /// <param name="atol">Absolute tolerance.</param>
    /// <param name="rtol">Relative tolerance.</param>
    /// <param name="what">What is compared, for the message.</param>
    public static void Near(string file, double expected, double actual, double atol, double rtol, string what)
    {
        double difference = Math.Abs(actual - expected);
        if (!(difference <= atol + (rtol * Math.Abs(expected))))
        {
            throw new TensorMismatchException(string.Create(
                CultureInfo.InvariantCulture, $"{file}: {what} is {actual:G17}, expected {expected:G17} (atol {atol:G3}, rtol {rtol:G3})."));
        }

        // A relative tolerance is reported as relative.
        double shown = atol == 0 && expected != 0 ? difference / Math.Abs(expected) : difference;
        Worst.AddOrUpdate(
            file, (1, shown, Math.Max(atol, rtol)),
            (_, old) => (old.Count + 1, Math.Max(old.Difference, shown), Math.Max(old.Tolerance, Math.Max(atol, rtol))));
    }
}
