using System.Globalization;
using System.Text;

namespace Ratchet.Engine.Tokenization.Jinja;

/// <summary>Python's two ways to put values into a text: '%s' % x and '{}'.format(x).</summary>
internal static class PythonFormat
{
    private const int WidthMax = 1000;

    /// <summary>The % operator's form, as the filter "format" uses it.</summary>
    /// <exception cref="TemplateException">There are too few or too many values, or a conversion is not known here.</exception>
    public static string Percent(string pattern, List<object?> values, JinjaMap named)
    {
        var text = new StringBuilder(pattern.Length + 16);
        int next = 0;
        for (int at = 0; at < pattern.Length; at++)
        {
            if (pattern[at] != '%')
            {
                text.Append(pattern[at]);
                continue;
            }

            string? name = null;
            at++;
            if (at < pattern.Length && pattern[at] == '(' && pattern.IndexOf(')', at) is > 0 and int close)
            {
                (name, at) = (pattern[(at + 1)..close], close + 1);
            }

            int start = at;
            while (at < pattern.Length && pattern[at] is '-' or '+' or ' ' or '#' or '.' or (>= '0' and <= '9'))
            {
                at++;
            }

            string settings = pattern[start..at];
            char type = at < pattern.Length ? pattern[at] : '\0';
            if (type == '%')
            {
                text.Append('%');
                continue;
            }

            object? value = name is not null
                ? named.TryGet(name, out object? found) ? found : throw Bad($"there is no value '{name}'.")
                : next < values.Count ? values[next++] : throw Bad("there are too few values.");
            bool left = settings.Contains('-', StringComparison.Ordinal);
            bool zero = settings.TrimStart('-', '+', ' ', '#').StartsWith('0');
            string sign = settings.Contains('+', StringComparison.Ordinal) ? "+" : settings.Contains(' ', StringComparison.Ordinal) ? " " : "";
            string[] numbers = settings.TrimStart('-', '+', ' ', '#', '0').Split('.');
            string shown = Shown(value, type, sign, numbers.Length > 1 ? Number(numbers[1]) : null);
            text.Append(Padded(shown, numbers[0].Length == 0 ? 0 : Number(numbers[0]), left ? '<' : zero && type is not ('s' or 'r') ? '=' : '>', ' '));
        }

        return next < values.Count && named.Count == 0 ? throw Bad("there are too many values.") : text.ToString();
    }

    /// <summary>str.format: fields by place or name, with what may stand behind a colon.</summary>
    /// <exception cref="TemplateException">A field names no value, or its form is not known here.</exception>
    public static string Braces(string pattern, List<object?> values, JinjaMap named)
    {
        var text = new StringBuilder(pattern.Length + 16);
        int next = 0;
        for (int at = 0; at < pattern.Length; at++)
        {
            char c = pattern[at];
            if (c is not ('{' or '}'))
            {
                text.Append(c);
            }
            else if (at + 1 < pattern.Length && pattern[at + 1] == c)
            {
                text.Append(c);
                at++;
            }
            else
            {
                int close = c == '{' ? pattern.IndexOf('}', at) : -1;
                if (close < 0)
                {
                    throw Bad("a single brace stands in the text.");
                }

                text.Append(Field(pattern[(at + 1)..close], values, named, ref next));
                at = close;
            }
        }

        return text.ToString();
    }

    private static string Field(string field, List<object?> values, JinjaMap named, ref int next)
    {
        int colon = field.IndexOf(':', StringComparison.Ordinal);
        string name = colon < 0 ? field : field[..colon];
        string form = colon < 0 ? "" : field[(colon + 1)..];
        bool isRepr = name.EndsWith("!r", StringComparison.Ordinal);
        name = isRepr || name.EndsWith("!s", StringComparison.Ordinal) ? name[..^2] : name;
        object? value = name.Length == 0 ? ByPlace(next++)
            : int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int place) ? ByPlace(place)
            : named.TryGet(name, out object? found) ? found
            : throw Bad($"there is no value '{name}'.");
        return Formed(isRepr ? PythonText.Repr(value) : value, form);

        object? ByPlace(int index) => index < values.Count ? values[index] : throw Bad("there are too few values.");
    }

    // [[fill]align][sign][0][width][.precision][type]
    private static string Formed(object? value, string form)
    {
        int at = 0;
        char fill = ' ';
        char align = value is long or double ? '>' : '<';
        if (form.Length > 1 && form[1] is '<' or '>' or '^' or '=')
        {
            (fill, align, at) = (form[0], form[1], 2);
        }
        else if (form.Length > 0 && form[0] is '<' or '>' or '^' or '=')
        {
            (align, at) = (form[0], 1);
        }

        string sign = "";
        if (at < form.Length && form[at] is '+' or '-' or ' ')
        {
            sign = form[at] == '-' ? "" : form[at].ToString();
            at++;
        }

        if (at < form.Length && form[at] == '0')
        {
            (fill, align) = ('0', '=');
        }

        int start = at;
        while (at < form.Length && char.IsAsciiDigit(form[at]))
        {
            at++;
        }

        int width = at > start ? Number(form[start..at]) : 0;
        int? precision = null;
        if (at < form.Length && form[at] == '.')
        {
            start = ++at;
            while (at < form.Length && char.IsAsciiDigit(form[at]))
            {
                at++;
            }

            precision = Number(form[start..at]);
        }

        char type = at < form.Length ? form[at++] : value is long && precision is null ? 'd' : value is double && precision is not null ? 'g' : 's';
        return at < form.Length
            ? throw Bad($"the form '{form}' is not known here.")
            : Padded(Shown(value, type, sign, precision), width, align, fill);
    }

    private static string Shown(object? value, char type, string sign, int? precision)
    {
        switch (type)
        {
            case 's' or 'r':
                string text = type == 's' ? PythonText.Of(value) : PythonText.Repr(value);
                return precision is { } most && text.Length > most ? text[..most] : text;
            case 'd' or 'i' or 'x' or 'X' or 'o':
                long whole = value is string ? throw Bad($"'{type}' wants a number.") : JinjaValue.ToLong(value);
                string digits = type switch
                {
                    'x' => Math.Abs(whole).ToString("x", CultureInfo.InvariantCulture),
                    'X' => Math.Abs(whole).ToString("X", CultureInfo.InvariantCulture),
                    'o' => Convert.ToString(Math.Abs(whole), 8),
                    _ => Math.Abs((decimal)whole).ToString(CultureInfo.InvariantCulture),
                };
                return (whole < 0 ? "-" : sign) + digits;
            case 'f' or 'F':
                double number = JinjaValue.AsNumber(value) ?? throw Bad($"'{type}' wants a number.");
                string shown = Math.Abs(number).ToString("F" + (precision ?? 6).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
                return (number < 0 ? "-" : sign) + shown;
            default:
                throw Bad($"the conversion '{type}' is not known here; known are s, r, d, i, x, X, o and f.");
        }
    }

    private static string Padded(string text, int width, char align, char fill)
    {
        int missing = width - PythonText.CodePoints(text).Count;
        if (missing <= 0)
        {
            return text;
        }

        int signs = align == '=' && text.Length > 0 && text[0] is '-' or '+' or ' ' ? 1 : 0;
        return align switch
        {
            '<' => text + new string(fill, missing),
            '^' => new string(fill, missing / 2) + text + new string(fill, missing - (missing / 2)),
            '=' => string.Concat(text.AsSpan(0, signs), new string(fill == ' ' ? '0' : fill, missing), text.AsSpan(signs)),
            _ => new string(fill, missing) + text,
        };
    }

    private static int Number(string digits) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= WidthMax
            ? number
            : digits.Length == 0 ? 0 : throw Bad($"a width or precision is {digits}; at most {WidthMax} is taken.");

    private static TemplateException Bad(string problem) => new(TemplateFault.Rendering, $"A text cannot be formatted: {problem}");
}
