namespace Ratchet.Engine.Tokenization.Jinja;

/// <summary>Parses a template into statements.</summary>
internal sealed class TemplateParser : ExpressionParser
{
    private int _nesting;

    private TemplateParser(List<Token> tokens)
        : base(tokens)
    {
    }

    public static List<Statement> Parse(string template)
    {
        var parser = new TemplateParser(TemplateLexer.Read(template));
        List<Statement> body = parser.ParseBody([]);
        if (parser.Current.Kind != TokenKind.End)
        {
            throw parser.Unexpected("the end of the template");
        }

        return body;
    }

    // Up to a block tag whose name is one of those given; the tag's begin is consumed, its name is not.
    private List<Statement> ParseBody(HashSet<string> ends)
    {
        if (++_nesting > RenderContext.DepthMax)
        {
            throw new TemplateException(TemplateFault.Syntax, "Blocks are nested too deeply.", Current.Line);
        }

        var body = new List<Statement>();
        while (Current.Kind != TokenKind.End)
        {
            Token token = Next();
            switch (token.Kind)
            {
                case TokenKind.Text:
                    body.Add(new TextStatement(token.Value));
                    break;
                case TokenKind.VariableBegin:
                    body.Add(new PrintStatement(ParseTuple()));
                    Expect(TokenKind.VariableEnd, "the end of the tag");
                    break;
                default:
                    if (Current.Kind == TokenKind.Name && ends.Contains(Current.Value))
                    {
                        _nesting--;
                        return body;
                    }

                    body.Add(ParseStatement());
                    break;
            }
        }

        if (ends.Count > 0)
        {
            throw Unexpected($"'{string.Join("' or '", ends)}'");
        }

        _nesting--;
        return body;
    }

    private Statement ParseStatement()
    {
        Token keyword = Current.Kind == TokenKind.Name ? Next() : throw Unexpected("a statement");
        switch (keyword.Value)
        {
            case "if":
                return ParseIf();
            case "for":
                return ParseFor();
            case "set":
                return ParseSet();
            case "macro":
                return ParseMacro();
            case "call":
                return ParseCall();
            case "filter":
                return ParseFilterBlock();
            case "with":
                return ParseWith();
            case "generation":
                EndTag();
                return new BlockStatement(ParseUntil("endgeneration"), HasScope: false);
            case "break":
                EndTag();
                return new LoopControl(Flow.Break);
            case "continue":
                EndTag();
                return new LoopControl(Flow.Continue);
            default:
                throw new TemplateException(
                    TemplateFault.Syntax,
                    $"The tag '{keyword.Value}' is not known here; known are if, for, set, with, macro, call, filter, raw, generation, break, continue.",
                    keyword.Line);
        }
    }

    private BlockStatement ParseWith()
    {
        var body = new List<Statement>();
        while (Current.Kind == TokenKind.Name)
        {
            Expression target = new Variable(Current.Value, Next().Line);
            Expect("=");
            body.Add(new SetStatement([target], ParseExpression(), null, null));
            Accept(",");
        }

        EndTag();
        body.AddRange(ParseUntil("endwith"));
        return new BlockStatement(body, HasScope: true);
    }

    private void EndTag() => Expect(TokenKind.BlockEnd, "the end of the tag");

    private List<Statement> ParseUntil(string end)
    {
        List<Statement> body = ParseBody([end]);
        Next();
        EndTag();
        return body;
    }

    private IfStatement ParseIf()
    {
        var branches = new List<(Expression?, List<Statement>)>();
        Expression? test = ParseTuple(withConditional: false);
        while (true)
        {
            EndTag();
            List<Statement> body = ParseBody(test is null ? ["endif"] : ["elif", "else", "endif"]);
            branches.Add((test, body));
            string keyword = Next().Value;
            if (keyword == "endif")
            {
                EndTag();
                return new IfStatement(branches);
            }

            test = keyword == "elif" ? ParseTuple(withConditional: false) : null;
        }
    }

    private ForStatement ParseFor()
    {
        List<Expression> targets = ParseTargets();
        if (!AcceptName("in"))
        {
            throw Unexpected("'in'");
        }

        Expression source = ParseTuple(withConditional: false);
        Expression? condition = AcceptName("if") ? ParseExpression() : null;
        bool isRecursive = AcceptName("recursive");
        EndTag();
        List<Statement> body = ParseBody(["else", "endfor"]);
        List<Statement> otherwise = [];
        if (Next().Value == "else")
        {
            EndTag();
            otherwise = ParseBody(["endfor"]);
            Next();
        }

        EndTag();
        return new ForStatement(targets, source, condition, isRecursive, body, otherwise);
    }

    private List<Expression> ParseTargets()
    {
        var targets = new List<Expression>();
        bool inBrackets = Accept("(");
        do
        {
            int line = Current.Line;
            Expression target = new Variable(ExpectName(), line);
            if (Accept("."))
            {
                target = new Member(target, new Constant(ExpectName(), line), true, line);
            }

            targets.Add(target);
        }
        while (Accept(","));

        if (inBrackets)
        {
            Expect(")");
        }

        return targets;
    }

    private SetStatement ParseSet()
    {
        List<Expression> targets = ParseTargets();
        if (Accept("="))
        {
            Expression value = ParseTuple();
            EndTag();
            return new SetStatement(targets, value, null, null);
        }

        Func<Expression, Expression>? filter = IsOperator("|") ? ParseFilterChain() : null;
        EndTag();
        return new SetStatement(targets, null, ParseUntil("endset"), filter);
    }

    private MacroStatement ParseMacro()
    {
        string name = ExpectName();
        Expect("(");
        return ParseMacroBody(name, ParseParameters(), "endmacro");
    }

    private CallStatement ParseCall()
    {
        List<(string, Expression?)> parameters = Accept("(") ? ParseParameters() : [];
        int line = Current.Line;
        Call target = ParseExpression() as Call
            ?? throw new TemplateException(TemplateFault.Syntax, "A call block wants the call of a macro.", line);
        return new CallStatement(target, ParseMacroBody("caller", parameters, "endcall"));
    }

    // What a macro is given beyond its parameters is given only where its body has the names.
    private MacroStatement ParseMacroBody(string name, List<(string, Expression?)> parameters, string end)
    {
        EndTag();
        int from = Position;
        List<Statement> body = ParseUntil(end);
        return new MacroStatement(name, parameters, body)
        {
            TakesMore = HasName(from, "varargs"),
            TakesMoreNamed = HasName(from, "kwargs"),
            TakesCaller = HasName(from, "caller"),
        };
    }

    private List<(string, Expression?)> ParseParameters()
    {
        var parameters = new List<(string, Expression?)>();
        while (!Accept(")"))
        {
            string parameter = ExpectName();
            parameters.Add((parameter, Accept("=") ? ParseExpression() : null));
            if (!IsOperator(")"))
            {
                Expect(",");
            }
        }

        return parameters;
    }

    private FilterStatement ParseFilterBlock()
    {
        int line = Current.Line;
        var hole = new Hole(line);
        Expression chain = ParseFilters(ParseFilter(hole, line));
        EndTag();
        return new FilterStatement(hole.Fill(chain), ParseUntil("endfilter"));
    }

    private Func<Expression, Expression> ParseFilterChain()
    {
        var hole = new Hole(Current.Line);
        return hole.Fill(ParseFilters(hole));
    }

    /// <summary>Stands for the text that a filter chain is applied to.</summary>
    private sealed record Hole(int Line) : Expression(Line)
    {
        private Expression _value = new Constant("", Line);

        public Func<Expression, Expression> Fill(Expression chain) => value =>
        {
            _value = value;
            return chain;
        };

        protected override object? Compute(RenderContext context) => _value.Evaluate(context);
    }
}
