namespace Ratchet.Upstream.Contracts.Tests;

/// <summary>Brings a type's name, as the texts or reflection write it, into one form: no namespaces, C#'s keywords, no names in tuples.</summary>
internal sealed class TypeText
{
    private static readonly Dictionary<string, string> Keywords = new()
    {
        ["Boolean"] = "bool",
        ["Byte"] = "byte",
        ["SByte"] = "sbyte",
        ["Int16"] = "short",
        ["UInt16"] = "ushort",
        ["Int32"] = "int",
        ["UInt32"] = "uint",
        ["Int64"] = "long",
        ["UInt64"] = "ulong",
        ["Single"] = "float",
        ["Double"] = "double",
        ["Decimal"] = "decimal",
        ["Char"] = "char",
        ["String"] = "string",
        ["Object"] = "object",
        ["Void"] = "void",
        ["IntPtr"] = "nint",
        ["UIntPtr"] = "nuint",
    };

    private static readonly HashSet<string> ValueKeywords =
    [
        "bool", "byte", "sbyte", "short", "ushort", "int", "uint", "long", "ulong", "float", "double", "decimal", "char", "nint", "nuint",
    ];

    private readonly string _text;
    private readonly IReadOnlySet<string> _valueTypes;
    private int _at;

    private TypeText(string text, IReadOnlySet<string> valueTypes)
    {
        _text = text;
        _valueTypes = valueTypes;
    }

    public static string KeywordOf(string name) => Keywords.GetValueOrDefault(name, name);

    /// <param name="text">A type as written.</param>
    /// <param name="valueTypes">Names of structs and enums: a question mark behind one of them means something, behind others it may be left out.</param>
    public static string Canonical(string text, IReadOnlySet<string> valueTypes) => new TypeText(text.Trim(), valueTypes).Read();

    private string Read()
    {
        string type = Peek() == '(' ? Tuple() : Named();
        while (_at < _text.Length)
        {
            if (Peek() == '?')
            {
                _at++;
                type = ValueKeywords.Contains(type) || _valueTypes.Contains(type.Split('<')[0]) || type[0] == '(' ? type + "?" : type;
            }
            else if (Peek() == '[')
            {
                int end = _text.IndexOf(']', _at);
                type += _text[_at..(end + 1)];
                _at = end + 1;
            }
            else if (Peek() is '*' or '&')
            {
                type += Peek();
                _at++;
            }
            else
            {
                break;
            }
        }

        return type;
    }

    private string Named()
    {
        Skip("out ");
        Skip("in ");
        int start = _at;
        while (_at < _text.Length && (char.IsLetterOrDigit(Peek()) || Peek() is '_' or '.' or '`' or '@'))
        {
            _at++;
        }

        string name = KeywordOf(_text[start.._at].Split('.')[^1].Split('`')[0]);
        if (Peek() != '<')
        {
            return name;
        }

        List<string> arguments = List('>');
        return name switch
        {
            "Nullable" => $"{arguments[0]}?",
            "ValueTuple" => $"({string.Join(',', arguments)})",
            _ => $"{name}<{string.Join(',', arguments)}>",
        };
    }

    private string Tuple() => $"({string.Join(',', List(')'))})";

    private List<string> List(char end)
    {
        var items = new List<string>();
        do
        {
            _at++;
            SkipSpaces();
            items.Add(Read());
            SkipSpaces();

            // The name of a tuple's element.
            while (_at < _text.Length && (char.IsLetterOrDigit(Peek()) || Peek() == '_'))
            {
                _at++;
            }
        }
        while (Peek() == ',');
        if (Peek() != end)
        {
            throw new FormatException($"'{_text}' is no type: '{end}' was awaited at {_at}.");
        }

        _at++;
        return items;
    }

    private char Peek() => _at < _text.Length ? _text[_at] : '\0';

    private void Skip(string word)
    {
        if (string.CompareOrdinal(_text, _at, word, 0, word.Length) == 0)
        {
            _at += word.Length;
        }
    }

    private void SkipSpaces()
    {
        while (Peek() == ' ')
        {
            _at++;
        }
    }
}
