using System.Globalization;

namespace Aspire.Hosting.Dashboard.Queries;

/// <summary>Times as telemetry counts them, and as people read them.</summary>
public static class UnixNanoseconds
{
    public const long PerMillisecond = 1_000_000;
    public const long PerSecond = 1_000_000_000;

    public static long Of(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks * 100;

    public static DateTimeOffset ToTime(long nanoseconds) =>
        TimeZoneInfo.ConvertTime(DateTimeOffset.UnixEpoch.AddTicks(nanoseconds / 100), TimeZoneInfo.Local);

    /// <summary>The time of day to the millisecond, where this machine is.</summary>
    public static string Clock(long nanoseconds) => ToTime(nanoseconds).ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);

    public static string Exact(long nanoseconds) => ToTime(nanoseconds).ToString("yyyy-MM-dd HH:mm:ss.ffffff zzz", CultureInfo.InvariantCulture);

    /// <summary>Three figures and a unit: 12.3 ms.</summary>
    public static string Duration(long nanoseconds) => nanoseconds switch
    {
        < 1_000 => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds} ns"),
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e3:G3} µs"),
        < 999_500_000 => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e6:G3} ms"),
        < 60 * PerSecond => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e9:G3} s"),
        < 3600 * PerSecond => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / PerSecond / 60} min {nanoseconds / PerSecond % 60} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / PerSecond / 3600} h {nanoseconds / PerSecond / 60 % 60} min"),
    };

    /// <summary>Reads 250 (milliseconds), 250ms, 1.5s, 2m or 300us.</summary>
    public static long? ParseDuration(string text)
    {
        string trimmed = text.Trim();
        (string number, double factor) = trimmed switch
        {
            [.. var head, 'm', 's'] => (head, 1e6),
            [.. var head, 'u' or 'µ', 's'] => (head, 1e3),
            [.. var head, 's'] => (head, 1e9),
            [.. var head, 'm'] => (head, 60e9),
            _ => (trimmed, 1e6),
        };
        return double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value is >= 0 and < 1e9
            ? (long)(value * factor)
            : null;
    }
}
