namespace Aspire.Hosting.Dashboard.Telemetry;

/// <summary>Looking things up in a list of attributes, which is short.</summary>
public static class TelemetryAttributes
{
    public static object? Find(this IReadOnlyList<TelemetryAttribute> attributes, string name)
    {
        foreach (TelemetryAttribute attribute in attributes)
        {
            if (attribute.Name == name)
            {
                return attribute.Value;
            }
        }

        return null;
    }

    public static string? FindText(this IReadOnlyList<TelemetryAttribute> attributes, string name) =>
        attributes.Find(name) is { } value ? TelemetryAttribute.TextOf(value) : null;

    public static long? FindNumber(this IReadOnlyList<TelemetryAttribute> attributes, string name) => attributes.Find(name) switch
    {
        long number => number,
        double number when double.IsFinite(number) && Math.Abs(number) < long.MaxValue => (long)number,
        _ => null,
    };

    /// <summary>Whether any name starts so.</summary>
    public static bool HasPrefix(this IReadOnlyList<TelemetryAttribute> attributes, string prefix)
    {
        foreach (TelemetryAttribute attribute in attributes)
        {
            if (attribute.Name.StartsWith(prefix, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
