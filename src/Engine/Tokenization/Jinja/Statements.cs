namespace Ratchet.Engine.Tokenization.Jinja;

/// <summary>How a statement ended: it went on, or the loop around it is left or goes to its next item.</summary>
internal enum Flow
{
    Normal,
    Break,
    Continue,
}

/// <summary>A part of a template between tags, or a tag.</summary>
internal abstract record Statement
{
    public abstract Flow Run(RenderContext context);

    protected static Flow RunAll(List<Statement> body, RenderContext context)
    {
        context.Enter();
        foreach (Statement statement in body)
        {
            context.Step();
            Flow flow = statement.Run(context);
            if (flow != Flow.Normal)
            {
                context.Leave();
                return flow;
            }
        }

        context.Leave();
        return Flow.Normal;
    }
}

internal sealed record TextStatement(string Text) : Statement
{
    public override Flow Run(RenderContext context)
    {
        context.Write(Text);
        return Flow.Normal;
    }
}

internal sealed record PrintStatement(Expression Value) : Statement
{
    public override Flow Run(RenderContext context)
    {
        context.Write(PythonText.Of(Value.Evaluate(context)));
        return Flow.Normal;
    }
}

internal sealed record LoopControl(Flow Kind) : Statement
{
    public override Flow Run(RenderContext context) => Kind;
}

internal sealed record BlockStatement(List<Statement> Body, bool HasScope) : Statement
{
    public override Flow Run(RenderContext context)
    {
        if (!HasScope)
        {
            return RunAll(Body, context);
        }

        context.PushScope();
        Flow flow = RunAll(Body, context);
        context.PopScope();
        return flow;
    }
}

internal sealed record IfStatement(List<(Expression? Test, List<Statement> Body)> Branches) : Statement
{
    public override Flow Run(RenderContext context)
    {
        foreach ((Expression? test, List<Statement> body) in Branches)
        {
            if (test is null || JinjaValue.IsTrue(test.Evaluate(context)))
            {
                return RunAll(body, context);
            }
        }

        return Flow.Normal;
    }
}

/// <summary>set a = ..., set ns.a = ..., set a, b = ..., or set a with a body (which may go through a filter).</summary>
internal sealed record SetStatement(List<Expression> Targets, Expression? Value, List<Statement>? Body, Func<Expression, Expression>? Filter)
    : Statement
{
    public override Flow Run(RenderContext context)
    {
        object? value;
        if (Value is not null)
        {
            value = Value.Evaluate(context);
        }
        else
        {
            string text = context.Capture(() => RunAll(Body!, context));
            value = Filter is null ? text : Filter(new Constant(text, 0)).Evaluate(context);
        }

        Assignment.Assign(Targets, value, context);
        return Flow.Normal;
    }
}

internal static class Assignment
{
    public static void Assign(List<Expression> targets, object? value, RenderContext context)
    {
        if (targets.Count == 1)
        {
            AssignOne(targets[0], value, context);
            return;
        }

        List<object?> items = JinjaValue.Items(value);
        if (items.Count != targets.Count)
        {
            throw new TemplateException(
                TemplateFault.Rendering, $"{items.Count} values stand where {targets.Count} names want one each.", targets[0].Line);
        }

        for (int i = 0; i < targets.Count; i++)
        {
            AssignOne(targets[i], items[i], context);
        }
    }

    private static void AssignOne(Expression target, object? value, RenderContext context)
    {
        switch (target)
        {
            case Variable variable:
                context[variable.Name] = value;
                break;
            case Member { Target: Variable owner, Key: Constant { Value: string key } }:
                if (context[owner.Name] is not JinjaMap { IsNamespace: true } map)
                {
                    throw new TemplateException(
                        TemplateFault.Rendering, $"'{owner.Name}' is no namespace, so its '{key}' cannot be set.", target.Line);
                }

                map[key] = value;
                break;
            default:
                throw new TemplateException(TemplateFault.Rendering, "Only a name can be set.", target.Line);
        }
    }
}

internal sealed record ForStatement(
    List<Expression> Targets, Expression Source, Expression? Condition, bool IsRecursive, List<Statement> Body, List<Statement> Else)
    : Statement
{
    public override Flow Run(RenderContext context) => Run(context, Source.Evaluate(context), depth: 0);

    private Flow Run(RenderContext context, object? source, int depth)
    {
        List<object?> all = [.. JinjaValue.Items(source)];
        List<object?> items = all;
        if (Condition is not null)
        {
            items = [];
            context.PushScope();
            foreach (object? item in all)
            {
                Assignment.Assign(Targets, item, context);
                if (JinjaValue.IsTrue(Condition.Evaluate(context)))
                {
                    items.Add(item);
                }
            }

            context.PopScope();
        }

        if (items.Count == 0)
        {
            context.PushScope();
            Flow flow = RunAll(Else, context);
            context.PopScope();
            return flow;
        }

        var last = new Dictionary<string, object?>();
        for (int i = 0; i < items.Count; i++)
        {
            context.Step();
            context.PushScope();
            Assignment.Assign(Targets, items[i], context);
            JinjaMap loop = Loop(items, i, last, depth);
            loop.Call = IsRecursive
                ? (arguments, _) => context.Capture(() => Run(context, arguments.FirstOrDefault(), depth + 1))
                : null;
            context["loop"] = loop;
            Flow flow = RunAll(Body, context);
            context.PopScope();
            if (flow == Flow.Break)
            {
                break;
            }
        }

        return Flow.Normal;
    }

    private static JinjaMap Loop(List<object?> items, int i, Dictionary<string, object?> state, int depth)
    {
        var loop = new JinjaMap(isNamespace: true)
        {
            ["index"] = (long)i + 1,
            ["index0"] = (long)i,
            ["revindex"] = (long)items.Count - i,
            ["revindex0"] = (long)items.Count - i - 1,
            ["first"] = i == 0,
            ["last"] = i == items.Count - 1,
            ["length"] = (long)items.Count,
            ["depth"] = depth + 1L,
            ["depth0"] = (long)depth,
            ["previtem"] = i > 0 ? items[i - 1] : new Undefined("loop.previtem"),
            ["nextitem"] = i + 1 < items.Count ? items[i + 1] : new Undefined("loop.nextitem"),
        };
        loop["cycle"] = (JinjaFunction)((arguments, _) => arguments.Count > 0
            ? arguments[i % arguments.Count]
            : throw new TemplateException(TemplateFault.Rendering, "loop.cycle was given nothing to cycle through."));
        loop["changed"] = (JinjaFunction)((arguments, _) =>
        {
            bool changed = !state.TryGetValue("changed", out object? before) || !JinjaValue.AreEqual(before, arguments);
            state["changed"] = arguments;
            return changed;
        });
        return loop;
    }
}

internal sealed record MacroStatement(string Name, List<(string Name, Expression? Default)> Parameters, List<Statement> Body)
    : Statement
{
    /// <summary>Whether the body asks for further arguments: varargs, kwargs, caller.</summary>
    public bool TakesMore { get; init; }

    public bool TakesMoreNamed { get; init; }

    public bool TakesCaller { get; init; }

    public override Flow Run(RenderContext context)
    {
        context[Name] = (JinjaFunction)((arguments, named) => Invoke(context, arguments, named));
        return Flow.Normal;
    }

    public string Invoke(RenderContext context, List<object?> arguments, JinjaMap named)
    {
        string[] others = [.. named.Keys.Where(key => Parameters.TrueForAll(parameter => parameter.Name != key) && !(TakesCaller && key == "caller"))];
        if ((arguments.Count > Parameters.Count && !TakesMore) || (others.Length > 0 && !TakesMoreNamed))
        {
            throw new TemplateException(TemplateFault.Rendering, $"The macro '{Name}' does not take these arguments.");
        }

        context.PushScope();
        for (int i = 0; i < Parameters.Count; i++)
        {
            (string name, Expression? usual) = Parameters[i];
            context[name] = i < arguments.Count ? arguments[i]
                : named.TryGet(name, out object? value) ? value
                : usual is not null ? usual.Evaluate(context)
                : new Undefined(name);
        }

        if (TakesMore)
        {
            context["varargs"] = new JinjaTuple(arguments.Skip(Parameters.Count));
        }

        if (TakesMoreNamed)
        {
            var rest = new JinjaMap();
            foreach (string key in others)
            {
                rest[key] = named[key];
            }

            context["kwargs"] = rest;
        }

        if (TakesCaller)
        {
            context["caller"] = named.TryGet("caller", out object? caller) ? caller : new Undefined("caller");
        }

        string text = context.Capture(() => RunAll(Body, context));
        context.PopScope();
        return text;
    }
}

/// <summary>Calls a macro that may call back what stands in the block.</summary>
internal sealed record CallStatement(Call Target, MacroStatement Caller) : Statement
{
    public override Flow Run(RenderContext context)
    {
        object? result = Target.Invoke(context, (arguments, named) => Caller.Invoke(context, arguments, named));
        context.Write(PythonText.Of(result));
        return Flow.Normal;
    }
}

internal sealed record FilterStatement(Func<Expression, Expression> Filter, List<Statement> Body) : Statement
{
    public override Flow Run(RenderContext context)
    {
        string text = context.Capture(() => RunAll(Body, context));
        context.Write(PythonText.Of(Filter(new Constant(text, 0)).Evaluate(context)));
        return Flow.Normal;
    }
}
