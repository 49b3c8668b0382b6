using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Text;

namespace Ratchet.Engine.Tokenization.Jinja;

/// <summary>What can stand after "|".</summary>
internal static class JinjaFilters
{
    private delegate object? Body(object? value, List<object?> arguments, JinjaMap named, RenderContext context);

    private static readonly Dictionary<string, Body> All = new(StringComparer.Ordinal)
    {
        ["trim"] = (value, arguments, _, _) => PythonText.Trim(PythonText.Of(value), arguments.FirstOrDefault() as string),
        ["string"] = (value, _, _, _) => PythonText.Of(value),
        ["tojson"] = (value, arguments, named, _) => PythonText.Json(value, Form(arguments, named)),
        ["length"] = (value, _, _, _) => Length(value),
        ["count"] = (value, _, _, _) => Length(value),
        ["upper"] = (value, _, _, _) => PythonText.Of(value).ToUpperInvariant(),
        ["lower"] = (value, _, _, _) => PythonText.Of(value).ToLowerInvariant(),
        ["title"] = (value, _, _, _) => Title(PythonText.Of(value)),
        ["capitalize"] = (value, _, _, _) => Capitalize(PythonText.Of(value)),
        ["default"] = (value, arguments, named, _) => Default(value, arguments, named),
        ["d"] = (value, arguments, named, _) => Default(value, arguments, named),
        ["safe"] = (value, _, _, _) => PythonText.Of(value),
        ["e"] = (value, _, _, _) => Escape(PythonText.Of(value)),
        ["escape"] = (value, _, _, _) => Escape(PythonText.Of(value)),
        ["join"] = Join,
        ["first"] = (value, _, _, _) => JinjaValue.Items(value) is { Count: > 0 } items ? items[0] : new Undefined("first item"),
        ["last"] = (value, _, _, _) => JinjaValue.Items(value) is { Count: > 0 } items ? items[^1] : new Undefined("last item"),
        ["list"] = (value, _, _, _) => JinjaValue.Items(value).ToList(),
        ["reverse"] = (value, _, _, _) => value is string text
            ? string.Concat(PythonText.CodePoints(text).AsEnumerable().Reverse())
            : JinjaValue.Items(value).AsEnumerable().Reverse().ToList(),
        ["unique"] = (value, _, _, _) => Unique(JinjaValue.Items(value)),
        ["sort"] = Sort,
        ["sum"] = (value, _, _, _) => JinjaValue.Items(value).Aggregate(
            (object?)0L, (a, b) => new Arithmetic("+", new Constant(a, 0), new Constant(b, 0), 0).Evaluate(new RenderContext(64, 64))),
        ["min"] = (value, _, _, _) => JinjaValue.Items(value).MinBy(item => item, Comparer<object?>.Create(JinjaValue.Compare)),
        ["max"] = (value, _, _, _) => JinjaValue.Items(value).MaxBy(item => item, Comparer<object?>.Create(JinjaValue.Compare)),
        ["items"] = (value, _, _, _) => value is JinjaMap map
            ? Pairs(map.Entries)
            : value is Undefined ? Pairs([]) : throw Bad("items wants a mapping", value),
        ["dictsort"] = (value, _, _, _) => value is JinjaMap map
            ? Pairs(map.Entries.OrderBy(entry => entry.Key.ToLowerInvariant(), StringComparer.Ordinal))
            : throw Bad("dictsort wants a mapping", value),
        ["int"] = (value, arguments, named, _) => ToInt(value, Argument(arguments, named, 0, "default", 0L)),
        ["float"] = (value, arguments, named, _) => ToFloat(value, Argument(arguments, named, 0, "default", 0.0)),
        ["abs"] = (value, _, _, _) => value switch
        {
            long number => (object)Math.Abs(number),
            double number => Math.Abs(number),
            _ => throw Bad("abs wants a number", value),
        },
        ["round"] = (value, arguments, named, _) => Round(value, arguments, named),
        ["replace"] = (value, arguments, named, _) => Replace(
            PythonText.Of(value), PythonText.Of(Argument(arguments, named, 0, "old", "")), PythonText.Of(Argument(arguments, named, 1, "new", "")),
            Argument(arguments, named, 2, "count", null) is { } count ? JinjaValue.ToLong(count) : -1),
        ["indent"] = Indent,
        ["select"] = (value, arguments, _, _) => Where(value, arguments, item => item, keep: true),
        ["reject"] = (value, arguments, _, _) => Where(value, arguments, item => item, keep: false),
        ["selectattr"] = (value, arguments, _, _) => WhereAttribute(value, arguments, keep: true),
        ["rejectattr"] = (value, arguments, _, _) => WhereAttribute(value, arguments, keep: false),
        ["map"] = Map,
        ["attr"] = (value, arguments, _, _) => PythonText.Of(arguments.FirstOrDefault()) is var name
            ? JinjaMethods.Find(value, name) ?? Attribute(value, name)
            : null,
        ["batch"] = (value, arguments, named, context) => JinjaSequences.Batch(
            context, value, JinjaValue.ToLong(Argument(arguments, named, 0, "linecount", 0L)), Argument(arguments, named, 1, "fill_with", null)),
        ["slice"] = (value, arguments, named, context) => JinjaSequences.Slice(
            context, value, JinjaValue.ToLong(Argument(arguments, named, 0, "slices", 0L)), Argument(arguments, named, 1, "fill_with", null)),
        ["groupby"] = (value, arguments, named, _) => JinjaSequences.GroupBy(
            value, item => Attribute(item, PythonText.Of(Argument(arguments, named, 0, "attribute", ""))) is var key && key is Undefined
                ? Argument(arguments, named, 1, "default", key)
                : key),
        ["truncate"] = (value, arguments, named, _) => JinjaSequences.Truncate(
            PythonText.Of(value), JinjaValue.ToLong(Argument(arguments, named, 0, "length", 255L)),
            JinjaValue.IsTrue(Argument(arguments, named, 1, "killwords", false)), PythonText.Of(Argument(arguments, named, 2, "end", "...")),
            JinjaValue.ToLong(Argument(arguments, named, 3, "leeway", 5L))),
        ["format"] = (value, arguments, named, _) => PythonFormat.Percent(PythonText.Of(value), arguments, named),
        ["urlencode"] = (value, _, _, _) => JinjaSequences.UrlEncode(value),
        ["wordcount"] = (value, _, _, _) => (long)PythonText.Of(value).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length,
    };

    public static bool Exists(string name) => All.ContainsKey(name);

    public static object? Apply(string name, object? value, List<object?> arguments, JinjaMap named, RenderContext context)
    {
        context.Step(value is List<object?> list ? list.Count : 0);
        RenderContext.SpendText(value is string text ? text.Length : 0);
        object? result = All[name](value, arguments, named, context);
        RenderContext.SpendText(result is string made && !ReferenceEquals(made, value) ? made.Length : 0);
        return result;
    }

    public static string Title(string text)
    {
        var result = new StringBuilder(text.Length);
        bool inWord = false;
        foreach (char c in text)
        {
            result.Append(inWord ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c));
            inWord = char.IsLetter(c);
        }

        return result.ToString();
    }

    public static string Capitalize(string text) =>
        text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..].ToLowerInvariant();

    /// <summary>Python's str.replace; an empty old text stands between all characters.</summary>
    public static string Replace(string text, string old, string with, long count)
    {
        RenderContext.SpendSearch(text, old);
        var result = new StringBuilder();
        int at = 0;
        for (long done = 0; count < 0 || done < count; done++)
        {
            int found = old.Length == 0 ? (at <= text.Length ? at : -1) : text.IndexOf(old, at, StringComparison.Ordinal);
            if (found < 0)
            {
                break;
            }

            result.Append(text, at, found - at).Append(with);
            at = found + old.Length;
            if (old.Length == 0)
            {
                if (at >= text.Length)
                {
                    at = text.Length + 1;
                    break;
                }

                result.Append(text[at++]);
            }

            if (result.Length > RenderContext.TextLengthMax)
            {
                throw new TemplateException(TemplateFault.LimitExceeded, "replace makes too long a text.");
            }
        }

        return at <= text.Length ? result.Append(text, at, text.Length - at).ToString() : result.ToString();
    }

    public static List<object?> Pairs(IEnumerable<KeyValuePair<string, object?>> entries) =>
        [.. entries.Select(entry => new JinjaTuple([entry.Key, entry.Value]))];

    private static long Length(object? value) => value switch
    {
        string text => PythonText.Length(text),
        List<object?> list => list.Count,
        JinjaMap map => map.Count,
        Undefined => 0,
        _ => throw Bad("length wants a text, a list or a mapping", value),
    };

    private static object? Default(object? value, List<object?> arguments, JinjaMap named)
    {
        bool alsoFalse = JinjaValue.IsTrue(Argument(arguments, named, 1, "boolean", false));
        return value is Undefined || (alsoFalse && !JinjaValue.IsTrue(value))
            ? Argument(arguments, named, 0, "default_value", "")
            : value;
    }

    private static string Escape(string text) => text
        .Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal).Replace("'", "&#39;", StringComparison.Ordinal)
        .Replace("\"", "&#34;", StringComparison.Ordinal);

    private static string Join(object? value, List<object?> arguments, JinjaMap named, RenderContext context)
    {
        string separator = PythonText.Of(Argument(arguments, named, 0, "d", ""));
        object? attribute = Argument(arguments, named, 1, "attribute", null);
        return Joined(
            separator,
            JinjaValue.Items(value).ConvertAll(item => PythonText.Of(attribute is null ? item : Attribute(item, PythonText.Of(attribute)))));
    }

    /// <summary>Texts with a separator between them.</summary>
    public static string Joined(string separator, List<string> texts)
    {
        RenderContext.SpendText(texts.Sum(text => (long)text.Length) + ((long)separator.Length * Math.Max(0, texts.Count - 1)));
        return string.Join(separator, texts);
    }

    private static List<object?> Unique(List<object?> items)
    {
        var kept = new List<object?>();
        var keys = new List<object?>();
        foreach (object? item in items)
        {
            object? key = item is string text ? text.ToLowerInvariant() : item;
            if (!keys.Exists(other => JinjaValue.AreEqual(other, key)))
            {
                kept.Add(item);
                keys.Add(key);
            }
        }

        return kept;
    }

    private static List<object?> Sort(object? value, List<object?> arguments, JinjaMap named, RenderContext context)
    {
        bool reverse = JinjaValue.IsTrue(Argument(arguments, named, 0, "reverse", false));
        bool exact = JinjaValue.IsTrue(Argument(arguments, named, 1, "case_sensitive", false));
        object? attribute = Argument(arguments, named, 2, "attribute", null);
        var comparer = Comparer<object?>.Create(JinjaValue.Compare);
        IEnumerable<object?> items = JinjaValue.Items(value);
        try
        {
            return reverse ? [.. items.OrderByDescending(Key, comparer)] : [.. items.OrderBy(Key, comparer)];
        }
        catch (InvalidOperationException wrapped) when (wrapped.InnerException is TemplateException refusal)
        {
            ExceptionDispatchInfo.Throw(refusal);
            throw;
        }

        object? Key(object? item)
        {
            object? key = attribute is null ? item : Attribute(item, PythonText.Of(attribute));
            return key is string text && !exact ? text.ToLowerInvariant() : key;
        }
    }

    private static object? ToInt(object? value, object? usual) => value switch
    {
        bool or long => JinjaValue.ToLong(value),
        double number => (long)Math.Truncate(number),
        string text when long.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) => whole,
        string text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) => (long)number,
        _ => usual,
    };

    private static object? ToFloat(object? value, object? usual) => value switch
    {
        bool or long or double => JinjaValue.AsNumber(value),
        string text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) => number,
        _ => usual,
    };

    private static double Round(object? value, List<object?> arguments, JinjaMap named)
    {
        double number = JinjaValue.AsNumber(value) ?? throw Bad("round wants a number", value);
        int digits = (int)Math.Clamp(JinjaValue.ToLong(Argument(arguments, named, 0, "precision", 0L)), 0, 15);
        double scale = Math.Pow(10, digits);
        return PythonText.Of(Argument(arguments, named, 1, "method", "common")) switch
        {
            "ceil" => Math.Ceiling(number * scale) / scale,
            "floor" => Math.Floor(number * scale) / scale,
            _ => Math.Round(number, digits, MidpointRounding.ToEven),
        };
    }

    private static string Indent(object? value, List<object?> arguments, JinjaMap named, RenderContext context)
    {
        object? width = Argument(arguments, named, 0, "width", 4L);
        string indent = width as string ?? new string(' ', (int)Math.Clamp(JinjaValue.ToLong(width), 0, 64));
        bool first = JinjaValue.IsTrue(Argument(arguments, named, 1, "first", false));
        bool blank = JinjaValue.IsTrue(Argument(arguments, named, 2, "blank", false));
        string text = PythonText.Of(value);
        string[] lines = text.Split('\n');
        RenderContext.SpendText(text.Length + ((long)lines.Length * indent.Length));
        for (int i = first ? 0 : 1; i < lines.Length; i++)
        {
            if (lines[i].Length > 0 || blank)
            {
                lines[i] = indent + lines[i];
            }
        }

        return string.Join('\n', lines);
    }

    private static List<object?> Where(object? value, List<object?> arguments, Func<object?, object?> of, bool keep)
    {
        if (arguments.Count == 0)
        {
            return JinjaValue.Items(value).FindAll(item => JinjaValue.IsTrue(of(item)) == keep);
        }

        string test = PythonText.Of(arguments[0]);
        if (!JinjaTests.Exists(test))
        {
            throw new TemplateException(TemplateFault.Rendering, $"There is no test '{test}' here.");
        }

        List<object?> rest = arguments.GetRange(1, arguments.Count - 1);
        return JinjaValue.Items(value).FindAll(item => JinjaTests.Holds(test, of(item), rest) == keep);
    }

    private static List<object?> WhereAttribute(object? value, List<object?> arguments, bool keep)
    {
        if (arguments.Count == 0)
        {
            throw new TemplateException(TemplateFault.Rendering, "selectattr and rejectattr want the name of an attribute.");
        }

        string name = PythonText.Of(arguments[0]);
        return Where(value, arguments.GetRange(1, arguments.Count - 1), item => Attribute(item, name), keep);
    }

    private static List<object?> Map(object? value, List<object?> arguments, JinjaMap named, RenderContext context)
    {
        if (named.TryGet("attribute", out object? attribute))
        {
            return JinjaValue.Items(value).ConvertAll(item =>
                Attribute(item, PythonText.Of(attribute)) is Undefined && named.TryGet("default", out object? usual)
                    ? usual
                    : Attribute(item, PythonText.Of(attribute)));
        }

        string filter = PythonText.Of(arguments.FirstOrDefault());
        return Exists(filter)
            ? JinjaValue.Items(value).ConvertAll(item => Apply(filter, item, arguments.GetRange(1, arguments.Count - 1), named, context))
            : throw new TemplateException(TemplateFault.Rendering, $"There is no filter '{filter}' here.");
    }

    private static object? Attribute(object? item, string path)
    {
        foreach (string name in path.Split('.'))
        {
            item = item is JinjaMap map && map.TryGet(name, out object? value) ? value
                : item is List<object?> list && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int index)
                    && index < list.Count ? list[index]
                : new Undefined(name);
        }

        return item;
    }

    // transformers' tojson: ensure_ascii, indent, separators, sort_keys; the first place is taken by indent, as templates write it.
    private static JsonForm Form(List<object?> arguments, JinjaMap named)
    {
        object? indent = Argument(arguments, named, 0, "indent", null);
        var form = new JsonForm(
            indent is null ? null : (int)Math.Clamp(JinjaValue.ToLong(indent), 0, 16),
            JinjaValue.IsTrue(Argument([], named, 0, "ensure_ascii", false)), JinjaValue.IsTrue(Argument([], named, 0, "sort_keys", false)));
        return Argument([], named, 0, "separators", null) is List<object?> { Count: 2 } separators
            ? form with { ItemSeparator = PythonText.Of(separators[0]), KeySeparator = PythonText.Of(separators[1]) }
            : form;
    }

    private static object? Argument(List<object?> arguments, JinjaMap named, int index, string name, object? usual) =>
        index < arguments.Count ? arguments[index] : named.TryGet(name, out object? value) ? value : usual;

    private static TemplateException Bad(string needed, object? value) =>
        new(TemplateFault.Rendering, $"{needed}, and got {JinjaValue.TypeName(value)}.");
}
