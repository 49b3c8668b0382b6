namespace Ratchet.Engine.Tokenization.Jinja;

/// <summary>The methods of Python's str and dict that templates call; none changes what it is called on.</summary>
internal static class JinjaMethods
{
    /// <summary>The method, or null where the value has none of that name.</summary>
    public static JinjaFunction? Find(object? target, string name) => target switch
    {
        string text => OfText(text, name),
        JinjaMap { IsNamespace: false } map => OfMap(map, name),
        List<object?> list => OfList(list, name),
        _ => null,
    };

    private static JinjaFunction? OfText(string text, string name) => name switch
    {
        "strip" => (arguments, _) => PythonText.Trim(text, Set(arguments)),
        "lstrip" => (arguments, _) => PythonText.TrimStart(text, Set(arguments)),
        "rstrip" => (arguments, _) => PythonText.TrimEnd(text, Set(arguments)),
        "upper" => (_, _) => text.ToUpperInvariant(),
        "lower" => (_, _) => text.ToLowerInvariant(),
        "title" => (_, _) => JinjaFilters.Title(text),
        "capitalize" => (_, _) => JinjaFilters.Capitalize(text),
        "startswith" => (arguments, _) => AnyOf(arguments, part => text.StartsWith(part, StringComparison.Ordinal)),
        "endswith" => (arguments, _) => AnyOf(arguments, part => text.EndsWith(part, StringComparison.Ordinal)),
        "split" => (arguments, named) => Split(text, arguments, named),
        "splitlines" => (_, _) => SplitLines(text),
        "replace" => (arguments, _) => Replace(text, arguments),
        "find" => (arguments, _) => Place(text, Index(text, Text(arguments, 0))),
        "rfind" => (arguments, _) => Place(text, LastIndex(text, Text(arguments, 0))),
        "format" => (arguments, named) => PythonFormat.Braces(text, arguments, named),
        "count" => (arguments, _) => (long)(Text(arguments, 0) is { Length: > 0 } part ? Parts(text, part).Length - 1 : text.Length + 1),
        "join" => (arguments, _) => JinjaFilters.Joined(text, JinjaValue.Items(arguments.FirstOrDefault()).ConvertAll(item => item as string
            ?? throw new TemplateException(TemplateFault.Rendering, $"join was given {JinjaValue.TypeName(item)} among texts."))),
        "isdigit" => (_, _) => text.Length > 0 && text.All(char.IsDigit),
        "isalpha" => (_, _) => text.Length > 0 && text.All(char.IsLetter),
        "isalnum" => (_, _) => text.Length > 0 && text.All(char.IsLetterOrDigit),
        "isspace" => (_, _) => text.Length > 0 && text.All(PythonText.IsSpace),
        "removeprefix" => (arguments, _) => Text(arguments, 0) is var part && text.StartsWith(part, StringComparison.Ordinal)
            ? text[part.Length..] : text,
        "removesuffix" => (arguments, _) => Text(arguments, 0) is var part && text.EndsWith(part, StringComparison.Ordinal)
            ? text[..^part.Length] : text,
        _ => null,
    };

    private static JinjaFunction? OfMap(JinjaMap map, string name) => name switch
    {
        "items" => (_, _) => JinjaFilters.Pairs(map.Entries),
        "keys" => (_, _) => map.Keys.Select(key => (object?)key).ToList(),
        "values" => (_, _) => map.Entries.Select(entry => entry.Value).ToList(),
        "get" => (arguments, named) => map.TryGet(Text(arguments, 0), out object? value) ? value
            : arguments.Count > 1 ? arguments[1] : named.TryGet("default", out object? usual) ? usual : null,
        "update" or "pop" or "clear" or "setdefault" or "popitem" => Forbidden(name),
        _ => null,
    };

    private static JinjaFunction? OfList(List<object?> list, string name) => name switch
    {
        "index" => (arguments, _) => list.FindIndex(item => JinjaValue.AreEqual(item, arguments.FirstOrDefault())) is >= 0 and var at
            ? (long)at
            : throw new TemplateException(TemplateFault.Rendering, "index was asked for an item that the list does not hold."),
        "count" => (arguments, _) => (long)list.Count(item => JinjaValue.AreEqual(item, arguments.FirstOrDefault())),
        "append" or "extend" or "insert" or "pop" or "remove" or "clear" or "sort" or "reverse" => Forbidden(name),
        _ => null,
    };

    private static JinjaFunction Forbidden(string name) => (_, _) => throw new TemplateException(
        TemplateFault.Rendering, $"'{name}' would change what it is called on; templates may only read.");

    private static string? Set(List<object?> arguments) =>
        arguments.Count == 0 || arguments[0] is null ? null : Text(arguments, 0);

    private static bool AnyOf(List<object?> arguments, Func<string, bool> holds) => arguments.FirstOrDefault() is List<object?> parts
        ? parts.Exists(part => part is string text && holds(text))
        : holds(Text(arguments, 0));

    // Python counts code points.
    private static long Place(string text, int at) => at < 0 ? -1 : PythonText.Length(text.AsSpan(0, at));

    private static int Index(string text, string part)
    {
        RenderContext.SpendSearch(text, part);
        return text.IndexOf(part, StringComparison.Ordinal);
    }

    private static int LastIndex(string text, string part)
    {
        RenderContext.SpendSearch(text, part);
        return part.Length == 0 ? text.Length : text.LastIndexOf(part, StringComparison.Ordinal);
    }

    private static List<object?> Split(string text, List<object?> arguments, JinjaMap named)
    {
        object? limit = arguments.Count > 1 ? arguments[1] : named.TryGet("maxsplit", out object? given) ? given : -1L;
        int count = JinjaValue.ToLong(limit) is >= 0 and < int.MaxValue and var most ? (int)most + 1 : int.MaxValue;
        if (Set(arguments) is { } separator)
        {
            return separator.Length > 0
                ? [.. Parts(text, separator, count)]
                : throw new TemplateException(TemplateFault.Rendering, "split was given an empty separator.");
        }

        var parts = new List<object?>();
        int at = AfterSpace(text, 0);
        while (at < text.Length)
        {
            int end = at;
            while (end < text.Length && (parts.Count + 1 >= count || !PythonText.IsSpace(text[end])))
            {
                end++;
            }

            parts.Add(text[at..end]);
            at = AfterSpace(text, end);
        }

        RenderContext.Spend(parts.Count);
        return parts;
    }

    private static int AfterSpace(string text, int at)
    {
        while (at < text.Length && PythonText.IsSpace(text[at]))
        {
            at++;
        }

        return at;
    }

    private static string[] Parts(string text, string separator, int count = int.MaxValue)
    {
        RenderContext.SpendSearch(text, separator);
        string[] parts = text.Split(separator, count);
        RenderContext.Spend(parts.Length);
        return parts;
    }

    private static List<object?> SplitLines(string text)
    {
        List<object?> lines = [.. text.Replace("\r\n", "\n", StringComparison.Ordinal).Split('\n')];
        if (lines[^1] is "")
        {
            lines.RemoveAt(lines.Count - 1);
        }

        return lines;
    }

    private static string Replace(string text, List<object?> arguments)
    {
        string old = Text(arguments, 0);
        string with = Text(arguments, 1);
        long count = arguments.Count > 2 ? JinjaValue.ToLong(arguments[2]) : -1;
        return JinjaFilters.Replace(text, old, with, count);
    }

    private static string Text(List<object?> arguments, int index) => index < arguments.Count && arguments[index] is string text
        ? text
        : throw new TemplateException(
            TemplateFault.Rendering,
            $"A method of a text wants a text as argument {index + 1}, and got {JinjaValue.TypeName(arguments.ElementAtOrDefault(index))}.");
}
