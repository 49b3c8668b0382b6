using System.Globalization;
using System.Text;

namespace Ratchet.Engine.Tokenization.Jinja;

internal enum TokenKind
{
    Text,
    VariableBegin,
    VariableEnd,
    BlockBegin,
    BlockEnd,
    Name,
    Literal,
    Integer,
    Float,
    Operator,
    End,
}

/// <summary>A piece of a template; <paramref name="Value"/> is the text, name, operator, or the number as written.</summary>
internal readonly record struct Token(TokenKind Kind, string Value, int Line);

/// <summary>
/// Cuts a template into tokens, with Jinja's trim_blocks and lstrip_blocks on: a newline after a block tag and spaces
/// before one at the start of a line are not part of the text.
/// </summary>
internal sealed partial class TemplateLexer
{
    private static readonly string[] Operators =
        ["**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "|", "=", "<", ">", "(", ")", "[", "]", "{", "}", ",", ":", ".", ";"];

    private readonly string _source;
    private readonly List<Token> _tokens = [];
    private int _at;
    private int _line = 1;

    private TemplateLexer(string source) => _source = source;

    public static List<Token> Read(string template)
    {
        string source = template.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        if (source.EndsWith('\n'))
        {
            source = source[..^1];
        }

        var lexer = new TemplateLexer(source);
        lexer.Run();
        return lexer._tokens;
    }

    private void Run()
    {
        bool lineStarting = true;
        while (_at < _source.Length)
        {
            int open = FindOpen(_at);
            if (open < 0)
            {
                AddText(_source[_at..]);
                break;
            }

            char kind = _source[open + 1];
            char sign = open + 2 < _source.Length ? _source[open + 2] : ' ';
            string text = _source[_at..open];
            string kept = text;
            if (sign == '-')
            {
                kept = PythonText.TrimEnd(text, null);
            }
            else if (kind != '{' && sign != '+')
            {
                int lineStart = text.LastIndexOf('\n') + 1;
                if ((lineStart > 0 || lineStarting) && text.AsSpan(lineStart).Trim(" \t\v\f").IsEmpty)
                {
                    kept = text[..lineStart];
                }
            }

            AddText(kept);
            CountLines(text.AsSpan(kept.Length));
            if (kind == '%' && RawTag(open, "raw") is > 0 and int rawStart)
            {
                lineStarting = ReadRaw(rawStart);
                continue;
            }

            _at = open + (sign is '-' or '+' ? 3 : 2);
            lineStarting = kind == '#' ? SkipComment() : ReadTag(kind == '%');
        }

        _tokens.Add(new Token(TokenKind.End, "", _line));
    }

    private int FindOpen(int from)
    {
        for (int i = _source.IndexOf('{', from); i >= 0 && i + 1 < _source.Length; i = _source.IndexOf('{', i + 1))
        {
            if (_source[i + 1] is '{' or '%' or '#')
            {
                return i;
            }
        }

        return -1;
    }

    private void AddText(string text)
    {
        if (text.Length > 0)
        {
            _tokens.Add(new Token(TokenKind.Text, text, _line));
            CountLines(text);
        }
    }

    private void CountLines(ReadOnlySpan<char> text) => _line += text.Count('\n');

    private bool SkipComment()
    {
        int end = _source.IndexOf("#}", _at, StringComparison.Ordinal);
        if (end < 0)
        {
            throw new TemplateException(TemplateFault.Syntax, "A comment begins here and never ends; '#}' was needed.", _line);
        }

        CountLines(_source.AsSpan(_at, end - _at));
        char sign = end > _at ? _source[end - 1] : ' ';
        _at = end + 2;
        return AfterTag(sign, eatsNewline: true);
    }

    // Returns whether the text goes on at the start of a line.
    private bool AfterTag(char sign, bool eatsNewline)
    {
        if (sign == '-')
        {
            int start = _at;
            while (_at < _source.Length && PythonText.IsSpace(_source[_at]))
            {
                _at++;
            }

            CountLines(_source.AsSpan(start, _at - start));
            return _at > start && _source[_at - 1] == '\n';
        }

        if (eatsNewline && sign != '+' && _at < _source.Length && _source[_at] == '\n')
        {
            _at++;
            _line++;
            return true;
        }

        return false;
    }

    private bool ReadTag(bool isBlock)
    {
        _tokens.Add(new Token(isBlock ? TokenKind.BlockBegin : TokenKind.VariableBegin, "", _line));
        string close = isBlock ? "%}" : "}}";
        var brackets = new Stack<char>();
        while (true)
        {
            SkipSpace();
            if (_at >= _source.Length)
            {
                throw new TemplateException(TemplateFault.Syntax, $"A tag never ends; '{close}' was needed.", _line);
            }

            if (brackets.Count == 0)
            {
                char sign = _source[_at] is '-' or '+' ? _source[_at] : ' ';
                int closeAt = sign == ' ' ? _at : _at + 1;
                if (string.CompareOrdinal(_source, closeAt, close, 0, close.Length) == 0)
                {
                    _at = closeAt + close.Length;
                    _tokens.Add(new Token(isBlock ? TokenKind.BlockEnd : TokenKind.VariableEnd, "", _line));
                    return AfterTag(sign, eatsNewline: isBlock);
                }
            }

            ReadToken(brackets);
        }
    }

    private void SkipSpace()
    {
        while (_at < _source.Length && PythonText.IsSpace(_source[_at]))
        {
            _line += _source[_at] == '\n' ? 1 : 0;
            _at++;
        }
    }

    private void ReadToken(Stack<char> brackets)
    {
        char c = _source[_at];
        if (char.IsLetter(c) || c == '_')
        {
            int start = _at;
            while (_at < _source.Length && (char.IsLetterOrDigit(_source[_at]) || _source[_at] == '_'))
            {
                _at++;
            }

            _tokens.Add(new Token(TokenKind.Name, _source[start.._at], _line));
        }
        else if (char.IsAsciiDigit(c))
        {
            ReadNumber();
        }
        else if (c is '"' or '\'')
        {
            ReadString(c);
        }
        else
        {
            ReadOperator(brackets);
        }
    }

    private void ReadOperator(Stack<char> brackets)
    {
        string? op = Operators.FirstOrDefault(op => string.CompareOrdinal(_source, _at, op, 0, op.Length) == 0)
            ?? throw new TemplateException(TemplateFault.Syntax, $"The character '{_source[_at]}' means nothing here.", _line);
        switch (op)
        {
            case "(" or "[" or "{":
                brackets.Push(op[0]);
                break;
            case ")" or "]" or "}":
                if (!brackets.TryPop(out char open) || (open, op[0]) is not (('(', ')') or ('[', ']') or ('{', '}')))
                {
                    throw new TemplateException(TemplateFault.Syntax, $"'{op}' closes what was not opened.", _line);
                }

                break;
        }

        _at += op.Length;
        _tokens.Add(new Token(TokenKind.Operator, op, _line));
    }

    private void ReadNumber()
    {
        int start = _at;
        if (_source[_at] == '0' && _at + 2 < _source.Length && (_source[_at + 1] | 0x20) is 'x' or 'b' or 'o')
        {
            ReadInteger((_source[_at + 1] | 0x20) switch { 'x' => 16, 'b' => 2, _ => 8 });
            return;
        }

        SkipDigits();
        bool isFloat = false;
        if (_at + 1 < _source.Length && _source[_at] == '.' && char.IsAsciiDigit(_source[_at + 1]))
        {
            isFloat = true;
            _at++;
            SkipDigits();
        }

        if (_at < _source.Length && _source[_at] is 'e' or 'E')
        {
            int digits = _at + 1 < _source.Length && _source[_at + 1] is '+' or '-' ? _at + 2 : _at + 1;
            if (digits < _source.Length && char.IsAsciiDigit(_source[digits]))
            {
                isFloat = true;
                _at = digits;
                SkipDigits();
            }
        }

        string text = _source[start.._at].Replace("_", "", StringComparison.Ordinal);
        _tokens.Add(new Token(isFloat ? TokenKind.Float : TokenKind.Integer, text, _line));
    }

    // 0x1F, 0b11, 0o17
    private void ReadInteger(int radix)
    {
        int start = _at += 2;
        while (_at < _source.Length && (char.IsAsciiHexDigit(_source[_at]) || _source[_at] == '_'))
        {
            _at++;
        }

        try
        {
            long number = Convert.ToInt64(_source[start.._at].Replace("_", "", StringComparison.Ordinal), radix);
            _tokens.Add(new Token(TokenKind.Integer, number.ToString(CultureInfo.InvariantCulture), _line));
        }
        catch (Exception fault) when (fault is FormatException or OverflowException or ArgumentException)
        {
            throw new TemplateException(
                TemplateFault.Syntax, $"'{_source[(start - 2).._at]}' is no whole number of radix {radix} within 64 bits.", _line);
        }
    }

    private void SkipDigits()
    {
        while (_at < _source.Length && (char.IsAsciiDigit(_source[_at]) || _source[_at] == '_'))
        {
            _at++;
        }
    }

    private void ReadString(char quote)
    {
        int line = _line;
        var text = new StringBuilder();
        for (_at++; _at < _source.Length && _source[_at] != quote; _at++)
        {
            char c = _source[_at];
            _line += c == '\n' ? 1 : 0;
            if (c != '\\' || _at + 1 >= _source.Length)
            {
                text.Append(c);
                continue;
            }

            _at++;
            switch (_source[_at])
            {
                case 'n': text.Append('\n'); break;
                case 't': text.Append('\t'); break;
                case 'r': text.Append('\r'); break;
                case 'b': text.Append('\b'); break;
                case 'f': text.Append('\f'); break;
                case 'v': text.Append('\v'); break;
                case 'a': text.Append('\a'); break;
                case '0': text.Append('\0'); break;
                case '\n': _line++; break;
                case '\\' or '\'' or '"': text.Append(_source[_at]); break;
                case 'x': text.Append(ReadHex(2)); break;
                case 'u': text.Append(ReadHex(4)); break;
                case 'U': text.Append(ReadHex(8)); break;
                default: text.Append('\\').Append(_source[_at]); break;
            }
        }

        if (_at >= _source.Length)
        {
            throw new TemplateException(TemplateFault.Syntax, $"A text begins here and never ends; {quote} was needed.", line);
        }

        _at++;
        _tokens.Add(new Token(TokenKind.Literal, text.ToString(), line));
    }

    private string ReadHex(int digits)
    {
        if (_at + digits < _source.Length
            && int.TryParse(
                _source.AsSpan(_at + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code)
            && code is >= 0 and <= 0x10FFFF)
        {
            _at += digits;
            return code is >= 0xD800 and < 0xE000 ? ((char)code).ToString() : char.ConvertFromUtf32(code);
        }

        throw new TemplateException(TemplateFault.Syntax, $"A \\x, \\u or \\U wants {digits} hexadecimal digits.", _line);
    }
}
