using System.Globalization;
using System.Text;

namespace Aspire.Hosting.Dashboard.Telemetry;

/// <summary>A named value of a span, log or resource.</summary>
/// <param name="Value">A string, bool, long, double, byte[], object?[] (a list) or TelemetryAttribute[] (a map); null for none.</param>
public readonly record struct TelemetryAttribute(string Name, object? Value)
{
    public string Text => TextOf(Value);

    /// <summary>The value as people read it; lists and maps as JSON has them.</summary>
    public static string TextOf(object? value) => value switch
    {
        null => "",
        string text => text,
        bool truth => truth ? "true" : "false",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        byte[] bytes => Convert.ToBase64String(bytes),
        _ => Compose(value),
    };

    private static string Compose(object value)
    {
        var text = new StringBuilder();
        Append(text, value);
        return text.ToString();
    }

    private static void Append(StringBuilder text, object? value)
    {
        switch (value)
        {
            case object?[] list:
                text.Append('[');
                for (int i = 0; i < list.Length; i++)
                {
                    text.Append(i == 0 ? "" : ", ");
                    Append(text, list[i]);
                }

                text.Append(']');
                break;
            case TelemetryAttribute[] map:
                text.Append('{');
                for (int i = 0; i < map.Length; i++)
                {
                    text.Append(i == 0 ? "" : ", ").Append(map[i].Name).Append(": ");
                    Append(text, map[i].Value);
                }

                text.Append('}');
                break;
            default:
                text.Append(TextOf(value));
                break;
        }
    }
}
