using System.Globalization;
using Aspire.Hosting.Dashboard.Telemetry;

namespace Aspire.Hosting.Dashboard.Queries;

/// <summary>One condition on one attribute, written as <c>http.route=/v1</c>, <c>n!=3</c>, <c>text~part</c>, <c>text!~part</c>, <c>n&gt;5</c> or <c>n&lt;5</c>.</summary>
public sealed record FieldFilter(string Name, FieldOperator Operator, string Value)
{
    // Two characters first: "!=" is not "=" with a name that ends in "!".
    private static readonly (string Sign, FieldOperator Operator)[] Signs =
    [
        ("!=", FieldOperator.NotEqual), ("!~", FieldOperator.NotContains), ("=", FieldOperator.Equal), ("~", FieldOperator.Contains),
        (">", FieldOperator.Greater), ("<", FieldOperator.Less),
    ];

    public string Sign => SignOf(Operator);

    public static string SignOf(FieldOperator wanted) => Signs.First(one => one.Operator == wanted).Sign;

    /// <summary>Null where the text has no operator or no name before it.</summary>
    public static FieldFilter? Parse(string text)
    {
        for (int i = 1; i < text.Length; i++)
        {
            foreach ((string sign, FieldOperator found) in Signs)
            {
                if (string.CompareOrdinal(text, i, sign, 0, sign.Length) == 0)
                {
                    string name = text[..i].Trim();
                    return name.Length == 0 ? null : new FieldFilter(name, found, text[(i + sign.Length)..].Trim());
                }
            }
        }

        return null;
    }

    /// <summary>Whether the attribute is as wanted. One that is not there fulfils only the conditions that deny.</summary>
    public bool Matches(IReadOnlyList<TelemetryAttribute> attributes) => MatchesText(attributes.FindText(Name));

    public bool MatchesText(string? text) => Operator switch
    {
        FieldOperator.Equal => string.Equals(text, Value, StringComparison.OrdinalIgnoreCase),
        FieldOperator.NotEqual => !string.Equals(text, Value, StringComparison.OrdinalIgnoreCase),
        FieldOperator.Contains => text?.Contains(Value, StringComparison.OrdinalIgnoreCase) == true,
        FieldOperator.NotContains => text?.Contains(Value, StringComparison.OrdinalIgnoreCase) != true,
        FieldOperator.Greater => text is not null && Compare(text, Value) > 0,
        _ => text is not null && Compare(text, Value) < 0,
    };

    public override string ToString() => Name + Sign + Value;

    private static int Compare(string found, string wanted) =>
        double.TryParse(found, NumberStyles.Float, CultureInfo.InvariantCulture, out double left)
        && double.TryParse(wanted, NumberStyles.Float, CultureInfo.InvariantCulture, out double right)
            ? left.CompareTo(right)
            : string.CompareOrdinal(found, wanted);
}
