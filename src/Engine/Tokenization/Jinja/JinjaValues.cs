using System.Text.Json;

namespace Ratchet.Engine.Tokenization.Jinja;

/// <summary>What a name stands for that nobody set: it prints as nothing and is false.</summary>
internal sealed record Undefined(string Name);

/// <summary>A list that prints with round brackets; its items may have names.</summary>
internal sealed class JinjaTuple(IEnumerable<object?> items) : List<object?>(items)
{
    public IReadOnlyList<string> FieldNames { get; init; } = [];

    public bool TryField(string name, out object? value)
    {
        for (int i = 0; i < FieldNames.Count; i++)
        {
            if (FieldNames[i] == name)
            {
                value = this[i];
                return true;
            }
        }

        value = null;
        return false;
    }
}

/// <summary>A mapping in order of insertion; also what namespace() makes, the only one that templates can change.</summary>
internal sealed class JinjaMap(bool isNamespace = false)
{
    private readonly Dictionary<string, object?> _values = new(StringComparer.Ordinal);
    private readonly List<string> _keys = [];

    public bool IsNamespace { get; } = isNamespace;

    /// <summary>What calling it does, where it can be called: a recursive loop runs over other items.</summary>
    public JinjaFunction? Call { get; set; }

    public int Count => _keys.Count;

    public IReadOnlyList<string> Keys => _keys;

    public IEnumerable<KeyValuePair<string, object?>> Entries =>
        _keys.Select(key => new KeyValuePair<string, object?>(key, _values[key]));

    public object? this[string key]
    {
        get => _values[key];
        set
        {
            if (!_values.ContainsKey(key))
            {
                _keys.Add(key);
            }

            _values[key] = value;
        }
    }

    public bool TryGet(string key, out object? value) => _values.TryGetValue(key, out value);
}

/// <summary>Something a template can call: its positional and its named arguments in, a value out.</summary>
internal delegate object? JinjaFunction(List<object?> arguments, JinjaMap named);

/// <summary>Operations on values: null, bool, long, double, string, List, JinjaMap, JinjaFunction, Undefined.</summary>
internal static class JinjaValue
{
    /// <summary>Turns JSON into values.</summary>
    public static object? FromJson(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => element.GetString(),
        JsonValueKind.Number => element.TryGetInt64(out long whole) ? (object)whole : element.GetDouble(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Array => element.EnumerateArray().Select(FromJson).ToList(),
        JsonValueKind.Object => FromObject(element),
        _ => null,
    };

    public static bool IsTrue(object? value) => value switch
    {
        null or Undefined => false,
        bool truth => truth,
        long number => number != 0,
        double number => number != 0,
        string text => text.Length > 0,
        List<object?> list => list.Count > 0,
        JinjaMap map => map.IsNamespace || map.Count > 0,
        _ => true,
    };

    public static bool AreEqual(object? a, object? b)
    {
        RenderContext.Spend(1);
        if (AsNumber(a) is { } x && AsNumber(b) is { } y)
        {
            return a is long or bool && b is long or bool ? ToLong(a) == ToLong(b) : x == y;
        }

        return (a, b) switch
        {
            (null, null) => true,
            (string s, string t) => s.Length == t.Length && HasSameCharacters(s, t),
            (Undefined, Undefined) => true,
            (List<object?> s, List<object?> t) => s.Count == t.Count && s.Zip(t).All(pair => AreEqual(pair.First, pair.Second)),
            (JinjaMap s, JinjaMap t) => ReferenceEquals(s, t) || (s.Count == t.Count && s.Entries.All(
                entry => t.TryGet(entry.Key, out object? other) && AreEqual(entry.Value, other))),
            _ => ReferenceEquals(a, b),
        };
    }

    public static int Compare(object? a, object? b)
    {
        RenderContext.Spend(1);
        if (AsNumber(a) is { } x && AsNumber(b) is { } y)
        {
            return x.CompareTo(y);
        }

        if (a is string s && b is string t)
        {
            RenderContext.SpendText(Math.Min(s.Length, t.Length));
            return string.CompareOrdinal(s, t);
        }

        if (a is List<object?> u && b is List<object?> v)
        {
            for (int i = 0; i < Math.Min(u.Count, v.Count); i++)
            {
                if (!AreEqual(u[i], v[i]))
                {
                    return Compare(u[i], v[i]);
                }
            }

            return u.Count.CompareTo(v.Count);
        }

        throw new TemplateException(TemplateFault.Rendering, $"{TypeName(a)} and {TypeName(b)} cannot be put in order.");
    }

    public static double? AsNumber(object? value) => value switch
    {
        bool truth => truth ? 1 : 0,
        long number => number,
        double number => number,
        _ => null,
    };

    public static long ToLong(object? value) => value switch
    {
        bool truth => truth ? 1 : 0,
        long number => number,
        double number when Math.Abs(number) < 9e18 => (long)number,
        _ => throw new TemplateException(TemplateFault.Rendering, $"A whole number was needed, not {TypeName(value)}."),
    };

    /// <summary>The items of what can stand after "in".</summary>
    public static List<object?> Items(object? value) => value switch
    {
        List<object?> list => list,
        Undefined => [],
        string text => [.. PythonText.CodePoints(text)],
        JinjaMap { IsNamespace: false } map => [.. map.Keys],
        _ => throw new TemplateException(TemplateFault.Rendering, $"{TypeName(value)} has no items to go through."),
    };

    public static bool Contains(object? container, object? item) => container switch
    {
        string text => item is string part
            ? Holds(text, part)
            : throw new TemplateException(TemplateFault.Rendering, $"A text cannot contain {TypeName(item)}."),
        JinjaMap map => item is string key && map.TryGet(key, out _),
        _ => Items(container).Any(candidate => AreEqual(candidate, item)),
    };

    public static string TypeName(object? value) => value switch
    {
        null => "none",
        bool => "a truth value",
        long => "a whole number",
        double => "a number",
        string => "a text",
        List<object?> => "a list",
        JinjaMap => "a mapping",
        Undefined undefined => $"'{undefined.Name}', which is not defined,",
        _ => "a function",
    };

    private static bool HasSameCharacters(string s, string t)
    {
        RenderContext.SpendText(s.Length);
        return s == t;
    }

    private static bool Holds(string text, string part)
    {
        RenderContext.SpendSearch(text, part);
        return text.Contains(part, StringComparison.Ordinal);
    }

    private static JinjaMap FromObject(JsonElement element)
    {
        var map = new JinjaMap();
        foreach (JsonProperty property in element.EnumerateObject())
        {
            map[property.Name] = FromJson(property.Value);
        }

        return map;
    }
}
