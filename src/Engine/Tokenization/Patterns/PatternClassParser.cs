using System.Globalization;

namespace Ratchet.Engine.Tokenization.Patterns;

/// <summary>Reads sets of characters: <c>[^\s\p{L}a-z&amp;&amp;[^é]]</c>, <c>\p{N}</c>, <c>\s</c>.</summary>
internal static class PatternClassParser
{
    private const int DepthMax = 16;
    private const int CodeMax = 0x10FFFF;

    /// <summary>Reads a class; <paramref name="at"/> is the place of its bracket, and behind it afterwards.</summary>
    internal static CharacterSet Read(string text, ref int at, bool ignoresCase) => Read(text, ref at, ignoresCase, 0);

    /// <summary>Reads what stands behind a backslash; <paramref name="at"/> is the backslash's place.</summary>
    /// <param name="text">The pattern.</param>
    /// <param name="at">Behind it afterwards.</param>
    /// <param name="isInClass">Whether it stands between brackets.</param>
    /// <param name="code">The code point that it is; below 0 where it is a set.</param>
    internal static CharacterSet Escape(string text, ref int at, bool isInClass, out int code)
    {
        int open = at;
        code = -1;
        if (open + 1 >= text.Length)
        {
            throw PatternFault.At(text, open, "a backslash at its end");
        }

        char mark = text[open + 1];
        at += 2;
        switch (mark)
        {
            case 'w':
                return CharacterProperties.Word;
            case 'W':
                return CharacterProperties.Word.Not();
            case 'd':
                return CharacterProperties.Digit;
            case 'D':
                return CharacterProperties.Digit.Not();
            case 's':
                return CharacterSet.Space;
            case 'S':
                return CharacterSet.Space.Not();
            case 'h':
                return CharacterProperties.HexDigit;
            case 'H':
                return CharacterProperties.HexDigit.Not();
            case 'p' or 'P':
                return Property(text, ref at, mark == 'P');
            case 'x' or 'u':
                code = Hexadecimal(text, ref at, mark);
                return CharacterSet.One(code);
            default:
                code = mark switch
                {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'f' => '\f',
                    'v' => '\v',
                    'a' => '\a',
                    'e' => 0x1B,
                    'b' when isInClass => '\b',
                    _ when char.IsAsciiLetterOrDigit(mark) => throw PatternFault.At(text, open, $"'\\{mark}'"),
                    _ => CharacterSet.CodeAt(text, open + 1, out int size) is int point && size == 2 ? Pair(point, ref at) : mark,
                };
                return CharacterSet.One(code);
        }

        static int Pair(int point, ref int at)
        {
            at++;
            return point;
        }
    }

    private static CharacterSet Read(string text, ref int at, bool ignoresCase, int depth)
    {
        int open = at++;
        if (depth == DepthMax)
        {
            throw PatternFault.At(text, open, $"classes in classes, more than {DepthMax} deep");
        }

        bool isNegated = at < text.Length && text[at] == '^';
        at += isNegated ? 1 : 0;
        var parts = new List<CharacterSet>();
        var ranges = new List<(int First, int Last)>();
        var sets = new List<CharacterSet>();
        for (bool isFirst = true; ; isFirst = false)
        {
            if (at >= text.Length)
            {
                throw PatternFault.At(text, open, "a class without end");
            }

            if (text[at] == ']' && !isFirst)
            {
                at++;
                break;
            }

            if (text.AsSpan(at).StartsWith("&&"))
            {
                at += 2;
                parts.Add(CharacterSet.Union(ranges, sets));
                (ranges, sets) = ([], []);
            }
            else if (text[at] == '[')
            {
                sets.Add(Posix(text, ref at) ?? Read(text, ref at, ignoresCase, depth + 1));
            }
            else
            {
                Item(text, ref at, ranges, sets);
            }
        }

        parts.Add(CharacterSet.Union(ranges, sets));
        var all = CharacterSet.Intersection(parts);
        all = ignoresCase ? all.IgnoringCase() : all;
        return isNegated ? all.Not() : all;
    }

    // A character, a range or a named set.
    private static void Item(string text, ref int at, List<(int First, int Last)> ranges, List<CharacterSet> sets)
    {
        int open = at;
        if (Character(text, ref at, sets) is not { } first)
        {
            return;
        }

        // A hyphen before the closing bracket is a hyphen.
        if (at + 1 >= text.Length || text[at] != '-' || text[at + 1] is ']' || (text[at + 1] == '[' && text[at] == '-'))
        {
            ranges.Add((first, first));
            return;
        }

        at++;
        int last = Character(text, ref at, []) ?? throw PatternFault.At(text, open, "a range that ends with a set");
        ranges.Add(last >= first ? (first, last) : throw PatternFault.At(text, open, "a range that ends before it begins"));
    }

    private static int? Character(string text, ref int at, List<CharacterSet> sets)
    {
        if (text[at] == '\\')
        {
            CharacterSet set = Escape(text, ref at, isInClass: true, out int code);
            if (code < 0)
            {
                sets.Add(set);
                return null;
            }

            return code;
        }

        int point = CharacterSet.CodeAt(text, at, out int size);
        at += size;
        return point;
    }

    // [:alpha:], [:^alpha:]; null where the bracket opens a class.
    private static CharacterSet? Posix(string text, ref int at)
    {
        int close = text.AsSpan(at).StartsWith("[:") ? text.IndexOf(":]", at + 2, StringComparison.Ordinal) : -1;
        if (close < 0 || !text[(at + 2)..close].All(mark => mark is '^' or (>= 'a' and <= 'z')))
        {
            return null;
        }

        string name = text[(at + 2)..close];
        bool isNegated = name.StartsWith('^');
        CharacterSet set = CharacterProperties.Find(name.TrimStart('^')) ?? throw PatternFault.At(text, at, $"the class '{name}'");
        at = close + 2;
        return isNegated ? set.Not() : set;
    }

    // {L}, {^L}, L.
    private static CharacterSet Property(string text, ref int at, bool isNegated)
    {
        int open = at;
        string name;
        if (at < text.Length && text[at] == '{')
        {
            int close = text.IndexOf('}', at);
            name = close < 0 ? throw PatternFault.At(text, open, "a property without end") : text[(at + 1)..close];
            at = close + 1;
        }
        else
        {
            name = at < text.Length ? text[at..++at] : "";
        }

        isNegated ^= name.StartsWith('^');
        CharacterSet set = CharacterProperties.Find(name.TrimStart('^')) ?? throw PatternFault.At(text, open, $"the property '{name}'");
        return isNegated ? set.Not() : set;
    }

    // \xE9, \x{1F600}, \u00E9.
    private static int Hexadecimal(string text, ref int at, char mark)
    {
        int open = at;
        ReadOnlySpan<char> digits;
        if (mark == 'x' && at < text.Length && text[at] == '{')
        {
            int close = text.IndexOf('}', at);
            digits = close < 0 ? default : text.AsSpan(at + 1, close - at - 1);
            at = close + 1;
        }
        else
        {
            int most = mark == 'x' ? 2 : 4;
            int length = 0;
            while (length < most && at + length < text.Length && char.IsAsciiHexDigit(text[at + length]))
            {
                length++;
            }

            digits = mark == 'u' && length < most ? default : text.AsSpan(at, length);
            at += length;
        }

        return int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code) && code is >= 0 and <= CodeMax
            ? code
            : throw PatternFault.At(text, open, "a number that is no character's");
    }
}
