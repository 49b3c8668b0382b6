using System.Diagnostics;
using System.Globalization;

namespace Ratchet.Fuzz;

/// <summary>Time that this thread had a processor, so that a busy machine makes no reader slow; where the system does not say, time as such.</summary>
internal static class ThreadClock
{
    private const string SchedulerFile = "/proc/thread-self/schedstat";

    private static readonly bool IsKnown = File.Exists(SchedulerFile);

    // The first number there is in nanoseconds.
    public static TimeSpan Now => IsKnown
        && long.TryParse(File.ReadAllText(SchedulerFile).Split(' ')[0], CultureInfo.InvariantCulture, out long nanoseconds)
        ? TimeSpan.FromTicks(nanoseconds / 100)
        : Stopwatch.GetElapsedTime(0);
}
