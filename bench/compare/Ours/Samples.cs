using System.Diagnostics;
using System.Text.Json;

namespace Ratchet.Ours;

/// <summary>What a measurement saw: rates of single repetitions, and of a second way where two were measured in turn.</summary>
/// <param name="Unit">Of the rates.</param>
/// <param name="Rates">One a repetition, warm-up left out.</param>
/// <param name="Others">The same of the other way; empty where there is one way alone.</param>
/// <param name="Note">What a reader of the table must know.</param>
internal sealed record Samples(string Unit, IReadOnlyList<double> Rates, IReadOnlyList<double> Others, string Note = "")
{
    private const int WarmUps = 2;
    private const int RepeatsMin = 3;

    /// <summary>Repeats some work until the time is over; the runtime compiles anew what is hot, so the first half of it only warms up.</summary>
    /// <param name="unit">Of the rates.</param>
    /// <param name="work">Units that a repetition does.</param>
    /// <param name="seconds">Of sampling.</param>
    /// <param name="repeat">Does it once.</param>
    public static Samples Of(string unit, double work, double seconds, Action repeat)
    {
        Warm(seconds / 2, repeat);
        var rates = new List<double>();
        long end = After(seconds);
        while (rates.Count < RepeatsMin || Stopwatch.GetTimestamp() < end)
        {
            rates.Add(work / Time(repeat));
        }

        return new Samples(unit, rates, []);
    }

    /// <summary>As the other, two ways in turn: what the machine does meanwhile meets both.</summary>
    public static Samples OfBoth(string unit, double work, double seconds, Action first, Action second)
    {
        Warm(seconds / 2, () =>
        {
            first();
            second();
        });
        List<double> rates = [];
        List<double> others = [];
        long end = After(seconds);
        while (rates.Count < RepeatsMin || Stopwatch.GetTimestamp() < end)
        {
            rates.Add(work / Time(first));
            others.Add(work / Time(second));
        }

        return new Samples(unit, rates, others);
    }

    public void Print()
    {
        using var process = Process.GetCurrentProcess();
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            unit = Unit,
            samples = Rates,
            others = Others,
            peak_bytes = process.PeakWorkingSet64,
            note = Note,
        }));
    }

    private static void Warm(double seconds, Action repeat)
    {
        long end = After(seconds);
        for (int i = 0; i < WarmUps || Stopwatch.GetTimestamp() < end; i++)
        {
            repeat();
        }
    }

    private static long After(double seconds) => Stopwatch.GetTimestamp() + (long)(seconds * Stopwatch.Frequency);

    private static double Time(Action repeat)
    {
        long start = Stopwatch.GetTimestamp();
        repeat();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
