namespace Ratchet.Engine.Tokenization.Jinja;

/// <summary>What can stand after "is".</summary>
internal static class JinjaTests
{
    private static readonly Dictionary<string, Func<object?, List<object?>, bool>> All = new(StringComparer.Ordinal)
    {
        ["defined"] = (value, _) => value is not Undefined,
        ["undefined"] = (value, _) => value is Undefined,
        ["none"] = (value, _) => value is null,
        ["boolean"] = (value, _) => value is bool,
        ["true"] = (value, _) => value is true,
        ["false"] = (value, _) => value is false,
        ["integer"] = (value, _) => value is long,
        ["float"] = (value, _) => value is double,
        ["number"] = (value, _) => value is long or double or bool,
        ["string"] = (value, _) => value is string,
        ["mapping"] = (value, _) => value is JinjaMap { IsNamespace: false },
        ["sequence"] = (value, _) => value is List<object?> or string or JinjaMap { IsNamespace: false },
        ["iterable"] = (value, _) => value is List<object?> or string or JinjaMap { IsNamespace: false } or Undefined,
        ["callable"] = (value, _) => value is JinjaFunction,
        ["odd"] = (value, _) => JinjaValue.ToLong(value) % 2 != 0,
        ["even"] = (value, _) => JinjaValue.ToLong(value) % 2 == 0,
        ["divisibleby"] = (value, arguments) => JinjaValue.ToLong(value) % JinjaValue.ToLong(Only(arguments)) == 0,
        ["lower"] = (value, _) => PythonText.Of(value) is var text && text.Any(char.IsLower) && !text.Any(char.IsUpper),
        ["upper"] = (value, _) => PythonText.Of(value) is var text && text.Any(char.IsUpper) && !text.Any(char.IsLower),
        ["in"] = (value, arguments) => JinjaValue.Contains(Only(arguments), value),
        ["sameas"] = (value, arguments) => ReferenceEquals(value, Only(arguments)) || (value is bool or null && Equals(value, Only(arguments))),
        ["eq"] = (value, arguments) => JinjaValue.AreEqual(value, Only(arguments)),
        ["ne"] = (value, arguments) => !JinjaValue.AreEqual(value, Only(arguments)),
        ["lt"] = (value, arguments) => JinjaValue.Compare(value, Only(arguments)) < 0,
        ["le"] = (value, arguments) => JinjaValue.Compare(value, Only(arguments)) <= 0,
        ["gt"] = (value, arguments) => JinjaValue.Compare(value, Only(arguments)) > 0,
        ["ge"] = (value, arguments) => JinjaValue.Compare(value, Only(arguments)) >= 0,
        ["filter"] = (value, _) => value is string name && JinjaFilters.Exists(name),
        ["test"] = (value, _) => value is string name && Exists(name),
    };

    private static readonly Dictionary<string, string> Synonyms = new(StringComparer.Ordinal)
    {
        ["equalto"] = "eq",
        ["lessthan"] = "lt",
        ["greaterthan"] = "gt",
    };

    public static bool Exists(string name) => All.ContainsKey(name) || Synonyms.ContainsKey(name);

    public static bool Holds(string name, object? value, List<object?> arguments) =>
        All[Synonyms.GetValueOrDefault(name, name)](value, arguments);

    private static object? Only(List<object?> arguments) => arguments.Count == 1
        ? arguments[0]
        : throw new TemplateException(TemplateFault.Rendering, "A test was given another number of arguments than one.");
}
