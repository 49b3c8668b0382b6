namespace Ratchet.Engine.Tokenization.Jinja;

/// <summary>Walks through tokens, one at a time.</summary>
internal class TokenCursor(List<Token> tokens)
{
    private int _at;

    protected Token Current => tokens[_at];

    protected Token Following => tokens[Math.Min(_at + 1, tokens.Count - 1)];

    protected int Position => _at;

    /// <summary>Whether a name stands among the tokens from <paramref name="from"/> up to here.</summary>
    protected bool HasName(int from, string name)
    {
        for (int i = from; i < _at; i++)
        {
            if (tokens[i].Kind == TokenKind.Name && tokens[i].Value == name)
            {
                return true;
            }
        }

        return false;
    }

    protected void StepBack() => _at--;

    protected Token Next() => tokens[_at++];

    protected bool IsOperator(string op) => Current.Kind == TokenKind.Operator && Current.Value == op;

    protected bool IsName(string name) => Current.Kind == TokenKind.Name && Current.Value == name;

    protected bool Accept(string op)
    {
        bool found = IsOperator(op);
        _at += found ? 1 : 0;
        return found;
    }

    protected bool AcceptName(string name)
    {
        bool found = IsName(name);
        _at += found ? 1 : 0;
        return found;
    }

    protected void Expect(string op)
    {
        if (!Accept(op))
        {
            throw Unexpected($"'{op}'");
        }
    }

    protected string ExpectName() => Current.Kind == TokenKind.Name ? Next().Value : throw Unexpected("a name");

    protected void Expect(TokenKind kind, string what)
    {
        if (Next().Kind != kind)
        {
            _at--;
            throw Unexpected(what);
        }
    }

    protected TemplateException Unexpected(string needed) => new(
        TemplateFault.Syntax,
        Current.Kind == TokenKind.End
            ? $"The template ends where {needed} was needed."
            : $"'{Current.Value}' stands where {needed} was needed.",
        Current.Line);
}
