using System.Globalization;

namespace Aspire.Hosting.Dashboard.Queries;

/// <summary>From when to when, in nanoseconds since 1970; open at either end.</summary>
public readonly record struct TimeRange(long From, long Until)
{
    public static readonly TimeRange All = new(0, long.MaxValue);

    /// <summary>Lengths that are offered, and their text in the address.</summary>
    public static readonly IReadOnlyList<(string Text, TimeSpan Length)> Lengths =
    [
        ("1m", TimeSpan.FromMinutes(1)), ("5m", TimeSpan.FromMinutes(5)), ("15m", TimeSpan.FromMinutes(15)), ("30m", TimeSpan.FromMinutes(30)),
        ("1h", TimeSpan.FromHours(1)), ("3h", TimeSpan.FromHours(3)), ("6h", TimeSpan.FromHours(6)), ("12h", TimeSpan.FromHours(12)),
    ];

    /// <param name="last">One of <see cref="Lengths"/>; wins over the others.</param>
    /// <param name="from">Local time as a browser's field has it (2026-01-31T09:30), or none.</param>
    public static TimeRange Parse(string last, string from, string until, DateTimeOffset now)
    {
        foreach ((string text, TimeSpan length) in Lengths)
        {
            if (text == last)
            {
                return new TimeRange(UnixNanoseconds.Of(now - length), long.MaxValue);
            }
        }

        return new TimeRange(ParseLocal(from) ?? 0, ParseLocal(until) ?? long.MaxValue);
    }

    public bool Holds(long time) => time >= From && time <= Until;

    private static long? ParseLocal(string text) => DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out DateTime time)
        ? UnixNanoseconds.Of(new DateTimeOffset(time))
        : null;
}
