using System.Globalization;

namespace Ratchet.Engine.Tokenization.Jinja;

/// <summary>Parses expressions, by recursive descent in Jinja's order of binding.</summary>
internal class ExpressionParser(List<Token> tokens) : TokenCursor(tokens)
{
    private static readonly HashSet<string> Comparisons = ["==", "!=", "<", "<=", ">", ">="];

    private int _depth;

    /// <summary>a if b else c, and everything that binds tighter.</summary>
    protected Expression ParseExpression(bool withConditional = true)
    {
        if (++_depth > RenderContext.DepthMax)
        {
            throw new TemplateException(TemplateFault.Syntax, "An expression is nested too deeply.", Current.Line);
        }

        int line = Current.Line;
        Expression value = ParseOr();
        while (withConditional && AcceptName("if"))
        {
            Expression test = ParseOr();
            Expression? otherwise = AcceptName("else") ? ParseExpression() : null;
            value = new Conditional(test, value, otherwise, line);
        }

        _depth--;
        return value;
    }

    /// <summary>One expression, or several with commas between: a tuple.</summary>
    protected Expression ParseTuple(bool withConditional = true)
    {
        int line = Current.Line;
        Expression first = ParseExpression(withConditional);
        if (!IsOperator(","))
        {
            return first;
        }

        var items = new List<Expression> { first };
        while (Accept(","))
        {
            if (Current.Kind is TokenKind.BlockEnd or TokenKind.VariableEnd || IsOperator(")") || IsOperator("="))
            {
                break;
            }

            items.Add(ParseExpression(withConditional));
        }

        return new ListLiteral(items, IsTuple: true, line);
    }

    protected (List<Expression> Arguments, List<(string Name, Expression Value)> Named) ParseArguments()
    {
        var arguments = new List<Expression>();
        var named = new List<(string, Expression)>();
        Expect("(");
        while (!Accept(")"))
        {
            if (Current.Kind == TokenKind.Name && Following is { Kind: TokenKind.Operator, Value: "=" })
            {
                string name = Next().Value;
                Next();
                named.Add((name, ParseExpression()));
            }
            else if (named.Count > 0)
            {
                throw Unexpected("a named argument, after a named argument,");
            }
            else
            {
                arguments.Add(ParseExpression());
            }

            if (!IsOperator(")"))
            {
                Expect(",");
            }
        }

        return (arguments, named);
    }

    protected Expression ParseFilters(Expression value)
    {
        while (true)
        {
            int line = Current.Line;
            if (Accept("|"))
            {
                value = ParseFilter(value, line);
            }
            else if (AcceptName("is"))
            {
                value = ParseTest(value, line);
            }
            else if (IsOperator("("))
            {
                (List<Expression> arguments, var named) = ParseArguments();
                value = new Call(value, arguments, named, line);
            }
            else
            {
                return value;
            }
        }
    }

    protected Expression ParseFilter(Expression target, int line)
    {
        string name = ExpectName();
        if (!JinjaFilters.Exists(name))
        {
            throw new TemplateException(TemplateFault.Syntax, $"There is no filter '{name}' here.", line);
        }

        (List<Expression> arguments, var named) = IsOperator("(") ? ParseArguments() : ([], []);
        return new Filter(target, name, arguments, named, line);
    }

    private Expression ParseTest(Expression target, int line)
    {
        bool negated = AcceptName("not");
        string name = ExpectName();
        if (!JinjaTests.Exists(name))
        {
            throw new TemplateException(TemplateFault.Syntax, $"There is no test '{name}' here.", line);
        }

        List<Expression> arguments = [];
        if (IsOperator("("))
        {
            (arguments, _) = ParseArguments();
        }
        else if (Current.Kind is TokenKind.Literal or TokenKind.Integer or TokenKind.Float || IsOperator("[") || IsOperator("{")
            || (Current.Kind == TokenKind.Name && Current.Value is not ("else" or "and" or "or" or "is" or "if" or "not" or "in")))
        {
            arguments.Add(ParsePostfix(ParsePrimary()));
        }

        Expression test = new Test(target, name, arguments, line);
        return negated ? new Not(test, line) : test;
    }

    private Expression ParseOr() => ParseLeft(ParseAnd, () => AcceptName("or"), (l, r, line) => new Logical(false, l, r, line));

    private Expression ParseAnd() => ParseLeft(ParseNot, () => AcceptName("and"), (l, r, line) => new Logical(true, l, r, line));

    private Expression ParseNot()
    {
        int line = Current.Line;
        if (!AcceptName("not"))
        {
            return ParseComparison();
        }

        if (++_depth > RenderContext.DepthMax)
        {
            throw new TemplateException(TemplateFault.Syntax, "An expression is nested too deeply.", line);
        }

        Expression inner = ParseNot();
        _depth--;
        return new Not(inner, line);
    }

    private Expression ParseComparison()
    {
        int line = Current.Line;
        Expression first = ParseSum();
        var rest = new List<(string, Expression)>();
        while (true)
        {
            if (Current.Kind == TokenKind.Operator && Comparisons.Contains(Current.Value))
            {
                string op = Next().Value;
                rest.Add((op, ParseSum()));
            }
            else if (AcceptName("in"))
            {
                rest.Add(("in", ParseSum()));
            }
            else if (IsName("not") && Following is { Kind: TokenKind.Name, Value: "in" })
            {
                Next();
                Next();
                rest.Add(("not in", ParseSum()));
            }
            else
            {
                return rest.Count == 0 ? first : new Comparison(first, rest, line);
            }
        }
    }

    private Expression ParseSum() => ParseOperators(ParseConcatenation, "+", "-");

    private Expression ParseConcatenation() => ParseOperators(ParseProduct, "~");

    private Expression ParseProduct() => ParseOperators(ParsePower, "*", "/", "//", "%");

    private Expression ParsePower() => ParseOperators(() => ParseUnary(withFilters: true), "**");

    private Expression ParseOperators(Func<Expression> operand, params string[] operators)
    {
        Expression left = operand();
        while (Current.Kind == TokenKind.Operator && operators.Contains(Current.Value))
        {
            Token op = Next();
            left = new Arithmetic(op.Value, left, operand(), op.Line);
        }

        return left;
    }

    private Expression ParseLeft(Func<Expression> operand, Func<bool> accept, Func<Expression, Expression, int, Expression> make)
    {
        int line = Current.Line;
        Expression left = operand();
        while (accept())
        {
            left = make(left, operand(), line);
        }

        return left;
    }

    private Expression ParseUnary(bool withFilters)
    {
        int line = Current.Line;
        Expression value;
        if (IsOperator("-") || IsOperator("+"))
        {
            bool isMinus = Next().Value == "-";
            if (++_depth > RenderContext.DepthMax)
            {
                throw new TemplateException(TemplateFault.Syntax, "An expression is nested too deeply.", line);
            }

            value = new Negate(ParseUnary(withFilters: false), isMinus, line);
            _depth--;
        }
        else
        {
            value = ParsePrimary();
        }

        value = ParsePostfix(value);
        return withFilters ? ParseFilters(value) : value;
    }

    private Expression ParsePrimary()
    {
        Token token = Next();
        switch (token.Kind)
        {
            case TokenKind.Name:
                return token.Value switch
                {
                    "true" or "True" => new Constant(true, token.Line),
                    "false" or "False" => new Constant(false, token.Line),
                    "none" or "None" => new Constant(null, token.Line),
                    _ => new Variable(token.Value, token.Line),
                };
            case TokenKind.Literal:
                string text = token.Value;
                while (Current.Kind == TokenKind.Literal)
                {
                    text += Next().Value;
                }

                return new Constant(text, token.Line);
            case TokenKind.Integer:
                return long.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out long whole)
                    ? new Constant(whole, token.Line)
                    : throw new TemplateException(TemplateFault.Syntax, $"{token.Value} is larger than 64 bits hold.", token.Line);
            case TokenKind.Float:
                return new Constant(double.Parse(token.Value, CultureInfo.InvariantCulture), token.Line);
            case TokenKind.Operator when token.Value == "(":
                if (Accept(")"))
                {
                    return new ListLiteral([], IsTuple: true, token.Line);
                }

                Expression inner = ParseTuple();
                Expect(")");
                return inner;
            case TokenKind.Operator when token.Value == "[":
                return ParseList(token.Line);
            case TokenKind.Operator when token.Value == "{":
                return ParseMap(token.Line);
            default:
                StepBack();
                throw Unexpected("a value");
        }
    }

    private ListLiteral ParseList(int line)
    {
        var items = new List<Expression>();
        while (!Accept("]"))
        {
            items.Add(ParseExpression());
            if (!IsOperator("]"))
            {
                Expect(",");
            }
        }

        return new ListLiteral(items, IsTuple: false, line);
    }

    private MapLiteral ParseMap(int line)
    {
        var items = new List<(Expression, Expression)>();
        while (!Accept("}"))
        {
            Expression key = ParseExpression();
            Expect(":");
            items.Add((key, ParseExpression()));
            if (!IsOperator("}"))
            {
                Expect(",");
            }
        }

        return new MapLiteral(items, line);
    }

    private Expression ParsePostfix(Expression value)
    {
        while (true)
        {
            int line = Current.Line;
            if (Accept("."))
            {
                value = Current.Kind == TokenKind.Integer
                    ? new Member(value, new Constant(long.Parse(Next().Value, CultureInfo.InvariantCulture), line), false, line)
                    : new Member(value, new Constant(ExpectName(), line), true, line);
            }
            else if (Accept("["))
            {
                value = ParseSubscript(value, line);
            }
            else if (IsOperator("("))
            {
                (List<Expression> arguments, var named) = ParseArguments();
                value = new Call(value, arguments, named, line);
            }
            else
            {
                return value;
            }
        }
    }

    private Expression ParseSubscript(Expression target, int line)
    {
        Expression? start = IsOperator(":") ? null : ParseExpression();
        if (Accept("]"))
        {
            return new Member(target, start!, false, line);
        }

        Expect(":");
        Expression? stop = IsOperator("]") || IsOperator(":") ? null : ParseExpression();
        Expression? stride = Accept(":") && !IsOperator("]") ? ParseExpression() : null;
        Expect("]");
        return new Slice(target, start, stop, stride, line);
    }
}
