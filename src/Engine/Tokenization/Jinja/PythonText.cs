using System.Globalization;
using System.Text;

namespace Ratchet.Engine.Tokenization.Jinja;

/// <summary>Texts and values as Python prints, trims and counts them.</summary>
internal static class PythonText
{
    /// <summary>Python's str.isspace, which has four separators more than .NET's.</summary>
    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\x1C' and <= '\x1F';

    public static string Trim(string text, string? set) => TrimEnd(TrimStart(text, set), set);

    public static string TrimStart(string text, string? set)
    {
        int start = 0;
        while (start < text.Length && (set is null ? IsSpace(text[start]) : set.Contains(text[start])))
        {
            start++;
        }

        return text[start..];
    }

    public static string TrimEnd(string text, string? set)
    {
        int end = text.Length;
        while (end > 0 && (set is null ? IsSpace(text[end - 1]) : set.Contains(text[end - 1])))
        {
            end--;
        }

        return text[..end];
    }

    /// <summary>The text's characters; Python counts code points.</summary>
    public static List<string> CodePoints(string text)
    {
        RenderContext.Spend(text.Length / 2);
        var points = new List<string>(text.Length);
        for (int i = 0; i < text.Length;)
        {
            int length = char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]) ? 2 : 1;
            points.Add(text.Substring(i, length));
            i += length;
        }

        return points;
    }

    /// <summary>How many <see cref="CodePoints"/> there are.</summary>
    public static long Length(ReadOnlySpan<char> text)
    {
        long count = 0;
        for (int i = 0; i < text.Length; i++)
        {
            bool isPair = char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
            i += isPair ? 1 : 0;
            count++;
        }

        return count;
    }

    /// <summary>str(value).</summary>
    public static string Of(object? value) => value switch
    {
        string text => text,
        Undefined => "",
        _ => Repr(value),
    };

    /// <summary>repr(value).</summary>
    public static string Repr(object? value)
    {
        var text = new StringBuilder();
        Append(text, value, 0);
        return text.ToString();
    }

    /// <summary>json.dumps(value, ensure_ascii=False).</summary>
    public static string Json(object? value, JsonForm form)
    {
        var text = new StringBuilder();
        AppendJson(text, value, form, 0);
        return text.ToString();
    }

    private static void Append(StringBuilder text, object? value, int depth)
    {
        RequireRoom(text, depth);
        switch (value)
        {
            case null:
                text.Append("None");
                break;
            case bool truth:
                text.Append(truth ? "True" : "False");
                break;
            case long number:
                text.Append(number.ToString(CultureInfo.InvariantCulture));
                break;
            case double number:
                text.Append(Number(number));
                break;
            case string inner:
                AppendQuoted(text, inner);
                break;
            case Undefined:
                text.Append("Undefined");
                break;
            case List<object?> list:
                text.Append(list is JinjaTuple ? '(' : '[');
                for (int i = 0; i < list.Count; i++)
                {
                    text.Append(i > 0 ? ", " : "");
                    Append(text, list[i], depth + 1);
                }

                text.Append(list is JinjaTuple ? list.Count == 1 ? ",)" : ")" : "]");
                break;
            case JinjaMap map:
                text.Append('{');
                bool first = true;
                foreach ((string key, object? item) in map.Entries)
                {
                    text.Append(first ? "" : ", ");
                    first = false;
                    AppendQuoted(text, key);
                    text.Append(": ");
                    Append(text, item, depth + 1);
                }

                text.Append('}');
                break;
            default:
                text.Append("<object>");
                break;
        }
    }

    private static void AppendQuoted(StringBuilder text, string inner)
    {
        char quote = inner.Contains('\'') && !inner.Contains('"') ? '"' : '\'';
        text.Append(quote);
        foreach (char c in inner)
        {
            _ = c switch
            {
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                _ when c == quote => text.Append('\\').Append(c),
                < ' ' or '\x7F' => text.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}"),
                _ => text.Append(c),
            };
        }

        text.Append(quote);
    }

    // The shortest digits that read back the same; exponents from 1e16 and below 1e-4, as Python has it.
    private static string Number(double number)
    {
        if (double.IsNaN(number))
        {
            return "nan";
        }

        if (double.IsInfinity(number))
        {
            return number > 0 ? "inf" : "-inf";
        }

        double size = Math.Abs(number);
        if (size != 0 && (size >= 1e16 || size < 1e-4))
        {
            string shortest = number.ToString("R", CultureInfo.InvariantCulture);
            int at = shortest.IndexOf('E', StringComparison.Ordinal);
            string digits = at < 0 ? Mantissa(shortest) : shortest[..at];
            int exponent = at < 0
                ? (int)Math.Floor(Math.Log10(size))
                : int.Parse(shortest.AsSpan(at + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
            return string.Create(CultureInfo.InvariantCulture, $"{digits}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
        }

        string plain = number.ToString("0.################", CultureInfo.InvariantCulture);
        string exact = number.ToString("R", CultureInfo.InvariantCulture);
        string best = exact.Contains('E', StringComparison.Ordinal) ? plain : exact;
        return best.Contains('.', StringComparison.Ordinal) ? best : best + ".0";
    }

    private static string Mantissa(string plain)
    {
        string sign = plain.StartsWith('-') ? "-" : "";
        string digits = plain.Replace(".", "", StringComparison.Ordinal).TrimStart('-', '0').TrimEnd('0');
        return digits.Length <= 1 ? sign + digits : $"{sign}{digits[0]}.{digits[1..]}";
    }

    private static void AppendJson(StringBuilder text, object? value, JsonForm form, int depth)
    {
        RequireRoom(text, depth);
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case bool truth:
                text.Append(truth ? "true" : "false");
                break;
            case long or double:
                Append(text, value, depth);
                break;
            case string inner:
                AppendJsonText(text, inner, form.IsAscii);
                break;
            case List<object?> list:
                AppendJsonItems(text, '[', ']', list.Count, form, depth, i => AppendJson(text, list[i], form, depth + 1));
                break;
            case JinjaMap map:
                List<KeyValuePair<string, object?>> entries = form.SortsKeys
                    ? [.. map.Entries.OrderBy(entry => entry.Key, StringComparer.Ordinal)]
                    : [.. map.Entries];
                AppendJsonItems(text, '{', '}', entries.Count, form, depth, i =>
                {
                    AppendJsonText(text, entries[i].Key, form.IsAscii);
                    text.Append(form.KeySeparator);
                    AppendJson(text, entries[i].Value, form, depth + 1);
                });
                break;
            default:
                throw new TemplateException(
                    TemplateFault.Rendering, "tojson was given a value that JSON has no word for (undefined, or a function).");
        }
    }

    private static void AppendJsonItems(
        StringBuilder text, char open, char close, int count, JsonForm form, int depth, Action<int> append)
    {
        text.Append(open);
        for (int i = 0; i < count; i++)
        {
            text.Append(i == 0 ? "" : form.ItemSeparator ?? (form.Indent is null ? ", " : ","));
            NewLine(depth + 1);
            append(i);
        }

        if (count > 0)
        {
            NewLine(depth);
        }

        text.Append(close);

        void NewLine(int level)
        {
            if (form.Indent is { } width)
            {
                text.Append('\n').Append(' ', width * level);
            }
        }
    }

    private static void AppendJsonText(StringBuilder text, string inner, bool isAscii)
    {
        text.Append('"');
        foreach (char c in inner)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                _ when c < ' ' || (isAscii && c > '\x7F') => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => text.Append(c),
            };
        }

        text.Append('"');
    }

    private static void RequireRoom(StringBuilder text, int depth)
    {
        RenderContext.Spend(1);
        if (text.Length > RenderContext.TextLengthMax)
        {
            throw new TemplateException(TemplateFault.LimitExceeded, $"A value prints as more than {RenderContext.TextLengthMax:N0} characters.");
        }

        if (depth > RenderContext.DepthMax)
        {
            throw new TemplateException(TemplateFault.LimitExceeded, "A value is nested too deeply to be printed.");
        }
    }
}
