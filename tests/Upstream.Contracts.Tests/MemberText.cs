using System.Text.RegularExpressions;

namespace Ratchet.Upstream.Contracts.Tests;

/// <summary>Brings a member, as one of the upstream texts writes it, into one form that reflection can write too.</summary>
internal static partial class MemberText
{
    /// <param name="type">Name of the declaring type, without namespace: a member of that name is a constructor.</param>
    /// <param name="line">The member as written, in C# or in the Torch text's form.</param>
    /// <param name="valueTypes">See <see cref="TypeText"/>.</param>
    public static string Canonical(string type, string line, IReadOnlySet<string> valueTypes)
    {
        string text = Comment().Replace(line, "").Trim();
        bool isConstructor = text.StartsWith("new ", StringComparison.Ordinal);
        while (Modifier().Match(text) is { Success: true } modifier)
        {
            text = text[modifier.Length..];
        }

        if (Accessors().Match(text) is { Success: true } property)
        {
            return Property(property, valueTypes);
        }

        int open = OpeningParenthesis(text);
        if (open < 0)
        {
            return Field(type, text, valueTypes);
        }

        int close = ClosingParenthesis(text, open);
        string parameters = Parameters(text[(open + 1)..close], valueTypes);
        string head = text[..open].Trim();
        string after = text[(close + 1)..].Trim();
        if (after.StartsWith("->", StringComparison.Ordinal))
        {
            return $"{WithoutGenerics(head)}({parameters})->{TypeText.Canonical(after[2..], valueTypes)}";
        }

        int space = LastSpaceOutside(head);
        if (isConstructor || head == "ctor" || (space < 0 && WithoutGenerics(head) == type))
        {
            return $".ctor({parameters})";
        }

        return $"{WithoutGenerics(head[(space + 1)..])}({parameters})->{TypeText.Canonical(head[..space], valueTypes)}";
    }

    /// <summary>Defaults are written in many ways: null and default, False and false, Append and Behavior.Append.</summary>
    public static string Default(string text) => text.Trim() switch
    {
        "null" or "default" or "default!" => "null",
        ['d', 'e', 'f', 'a', 'u', 'l', 't', '(', ..] => "null",
        "True" or "true" => "true",
        "False" or "false" => "false",
        ['"', ..] quoted => quoted,
        var number when char.IsDigit(number[^1]) || number[0] == '-' => number,
        var name => name.Split('.')[^1],
    };

    private static string Property(Match property, IReadOnlySet<string> valueTypes)
    {
        string type = property.Groups["after"].Value is { Length: > 0 } after ? after : property.Groups["type"].Value;
        string accessors = property.Groups["accessors"].Value;
        string get = accessors.Contains("get", StringComparison.Ordinal) ? "get;" : "";
        string set = accessors.Contains("set", StringComparison.Ordinal) || accessors.Contains("init", StringComparison.Ordinal) ? "set;" : "";
        string name = property.Groups["name"].Value;
        if (name.StartsWith("this[", StringComparison.Ordinal))
        {
            name = "Item";
        }

        return $"{name}{{{get}{set}}}:{TypeText.Canonical(type, valueTypes)}";
    }

    private static string Field(string type, string text, IReadOnlySet<string> valueTypes)
    {
        // Name : Type (Torch), Name = 1 (an enum's), Type Name.
        string[] colon = text.Split(" : ");
        if (colon.Length == 2)
        {
            string fieldType = TypeText.Canonical(colon[1], valueTypes);
            return fieldType == type ? colon[0] : $"{colon[0]}:{fieldType}";
        }

        string name = text.Split('=')[0].Trim();
        int space = LastSpaceOutside(name);
        return space < 0 ? name : $"{name[(space + 1)..]}:{TypeText.Canonical(name[..space], valueTypes)}";
    }

    private static string Parameters(string text, IReadOnlySet<string> valueTypes) =>
        string.Join(", ", SplitOutside(text).Select(one => Parameter(one, valueTypes)));

    private static string Parameter(string text, IReadOnlySet<string> valueTypes)
    {
        text = Attribute().Replace(text.Trim(), "");
        string reference = "";
        while (ParameterModifier().Match(text) is { Success: true } modifier)
        {
            reference = modifier.Value.Trim() is "in" or "out" or "ref" ? "ref " : reference;
            text = text[modifier.Length..];
        }

        string[] halves = text.Split(" = ", 2);
        int space = LastSpaceOutside(halves[0]);
        string @default = halves.Length == 2 ? $" = {Default(halves[1])}" : "";
        return $"{reference}{TypeText.Canonical(halves[0][..space], valueTypes)} {halves[0][(space + 1)..].TrimStart('@')}{@default}";
    }

    private static string WithoutGenerics(string name) => name.Split('<')[0].Split('`')[0];

    // A tuple's parenthesis comes first only where the line begins with it.
    private static int OpeningParenthesis(string text)
    {
        int depth = 0;
        for (int i = 0; i < text.Length; i++)
        {
            depth += text[i] switch { '<' => 1, '>' when i > 0 && text[i - 1] != '-' => -1, _ => 0 };
            if (text[i] == '(' && depth == 0 && i > 0 && (char.IsLetterOrDigit(text[i - 1]) || text[i - 1] is '_' or '>' or '='))
            {
                return i;
            }
        }

        return -1;
    }

    private static int ClosingParenthesis(string text, int open)
    {
        int depth = 0;
        for (int i = open; i < text.Length; i++)
        {
            depth += text[i] switch { '(' => 1, ')' => -1, _ => 0 };
            if (depth == 0)
            {
                return i;
            }
        }

        throw new FormatException($"'{text}' has no end of its parameters.");
    }

    private static int LastSpaceOutside(string text)
    {
        int depth = 0;
        for (int i = text.Length - 1; i >= 0; i--)
        {
            depth += text[i] switch { '>' or ')' or ']' => 1, '<' or '(' or '[' => -1, _ => 0 };
            if (text[i] == ' ' && depth == 0)
            {
                return i;
            }
        }

        return -1;
    }

    private static IEnumerable<string> SplitOutside(string text)
    {
        int depth = 0, start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            depth += text[i] switch { '<' or '(' or '[' => 1, '>' or ')' or ']' => -1, _ => 0 };
            if (text[i] == ',' && depth == 0)
            {
                yield return text[start..i];
                start = i + 1;
            }
        }

        if (text[start..].Trim().Length > 0)
        {
            yield return text[start..];
        }
    }

    [GeneratedRegex("\\s+//.*$")]
    private static partial Regex Comment();

    [GeneratedRegex("^(public|protected|internal|static|virtual|abstract|override|sealed|readonly|required|extern|async|unsafe|const|event|new) ")]
    private static partial Regex Modifier();

    [GeneratedRegex("^(this|params|in|out|ref|scoped) ")]
    private static partial Regex ParameterModifier();

    [GeneratedRegex("^\\[[^]]*\\] ?")]
    private static partial Regex Attribute();

    [GeneratedRegex("^((?<type>.+) )?(?<name>\\w+|this\\[.*\\]|Item\\[.*\\]) \\{(?<accessors>[^}]*)\\}( : (?<after>.+))?$")]
    private static partial Regex Accessors();
}
