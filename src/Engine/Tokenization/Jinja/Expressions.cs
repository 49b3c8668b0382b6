namespace Ratchet.Engine.Tokenization.Jinja;

/// <summary>A part of an expression, with the line it stands in.</summary>
internal abstract record Expression(int Line)
{
    public object? Evaluate(RenderContext context)
    {
        context.Step();
        context.Enter();
        object? value = Compute(context);
        context.Leave();
        return value;
    }

    protected abstract object? Compute(RenderContext context);

    protected TemplateException Fail(string message) => new(TemplateFault.Rendering, message, Line);
}

internal sealed record Constant(object? Value, int Line) : Expression(Line)
{
    protected override object? Compute(RenderContext context) => Value;
}

internal sealed record Variable(string Name, int Line) : Expression(Line)
{
    protected override object? Compute(RenderContext context) => context[Name];
}

internal sealed record ListLiteral(List<Expression> Items, bool IsTuple, int Line) : Expression(Line)
{
    protected override object? Compute(RenderContext context)
    {
        List<object?> items = Items.ConvertAll(item => item.Evaluate(context));
        return IsTuple ? new JinjaTuple(items) : items;
    }
}

internal sealed record MapLiteral(List<(Expression Key, Expression Value)> Items, int Line) : Expression(Line)
{
    protected override object? Compute(RenderContext context)
    {
        var map = new JinjaMap();
        foreach ((Expression key, Expression value) in Items)
        {
            map[PythonText.Of(key.Evaluate(context))] = value.Evaluate(context);
        }

        return map;
    }
}

internal sealed record Conditional(Expression Test, Expression Then, Expression? Else, int Line) : Expression(Line)
{
    protected override object? Compute(RenderContext context) => JinjaValue.IsTrue(Test.Evaluate(context))
        ? Then.Evaluate(context)
        : Else is null ? new Undefined("the inline if without else") : Else.Evaluate(context);
}

internal sealed record Not(Expression Inner, int Line) : Expression(Line)
{
    protected override object? Compute(RenderContext context) => !JinjaValue.IsTrue(Inner.Evaluate(context));
}

internal sealed record Negate(Expression Inner, bool IsMinus, int Line) : Expression(Line)
{
    protected override object? Compute(RenderContext context) => Inner.Evaluate(context) switch
    {
        long number => (object)(IsMinus ? -number : number),
        double number => IsMinus ? -number : number,
        bool truth => IsMinus ? -JinjaValue.ToLong(truth) : JinjaValue.ToLong(truth),
        var other => throw Fail($"{JinjaValue.TypeName(other)} has no sign."),
    };
}

internal sealed record Logical(bool IsAnd, Expression Left, Expression Right, int Line) : Expression(Line)
{
    protected override object? Compute(RenderContext context)
    {
        object? left = Left.Evaluate(context);
        return JinjaValue.IsTrue(left) == IsAnd ? Right.Evaluate(context) : left;
    }
}

internal sealed record Comparison(Expression First, List<(string Operator, Expression Right)> Rest, int Line)
    : Expression(Line)
{
    protected override object? Compute(RenderContext context)
    {
        object? left = First.Evaluate(context);
        foreach ((string op, Expression next) in Rest)
        {
            object? right = next.Evaluate(context);
            bool holds = op switch
            {
                "==" => JinjaValue.AreEqual(left, right),
                "!=" => !JinjaValue.AreEqual(left, right),
                "in" => JinjaValue.Contains(right, left),
                "not in" => !JinjaValue.Contains(right, left),
                "<" => JinjaValue.Compare(left, right) < 0,
                "<=" => JinjaValue.Compare(left, right) <= 0,
                ">" => JinjaValue.Compare(left, right) > 0,
                _ => JinjaValue.Compare(left, right) >= 0,
            };
            if (!holds)
            {
                return false;
            }

            left = right;
        }

        return true;
    }
}

internal sealed record Arithmetic(string Operator, Expression Left, Expression Right, int Line) : Expression(Line)
{
    private const int RepeatMax = 1_000_000;

    protected override object? Compute(RenderContext context)
    {
        object? left = Left.Evaluate(context);
        object? right = Right.Evaluate(context);
        if (Operator == "~")
        {
            (string first, string second) = (PythonText.Of(left), PythonText.Of(right));
            RenderContext.SpendText((long)first.Length + second.Length);
            return first + second;
        }

        switch (Operator, left, right)
        {
            case ("+", string a, string b):
                RenderContext.SpendText((long)a.Length + b.Length);
                return a + b;
            case ("+", List<object?> a, List<object?> b):
                context.Step(a.Count + b.Count);
                return a.Concat(b).ToList();
            case ("*", List<object?> items, long or bool):
                return Repeat(context, items, JinjaValue.ToLong(right));
            case ("*", long or bool, List<object?> items):
                return Repeat(context, items, JinjaValue.ToLong(left));
            case ("*", string text, long or bool):
                return Repeat(context, text, JinjaValue.ToLong(right));
            case ("*", long or bool, string text):
                return Repeat(context, text, JinjaValue.ToLong(left));
        }

        if (JinjaValue.AsNumber(left) is not { } x || JinjaValue.AsNumber(right) is not { } y)
        {
            throw Fail($"'{Operator}' does not go with {JinjaValue.TypeName(left)} and {JinjaValue.TypeName(right)}.");
        }

        if (y == 0 && Operator is "/" or "//" or "%")
        {
            throw Fail("A number is divided by zero.");
        }

        try
        {
            return left is double || right is double || Operator == "/"
                ? Float(x, y)
                : Whole(JinjaValue.ToLong(left), JinjaValue.ToLong(right));
        }
        catch (OverflowException)
        {
            throw Fail("A whole number became larger than 64 bits hold.");
        }
    }

    private string Repeat(RenderContext context, string text, long count)
    {
        if (count > 0 && text.Length * count > RepeatMax)
        {
            throw new TemplateException(TemplateFault.LimitExceeded, "A text is repeated too often.", Line);
        }

        context.Step(Math.Max(0, count));
        return string.Concat(Enumerable.Repeat(text, (int)Math.Max(0, count)));
    }

    private List<object?> Repeat(RenderContext context, List<object?> items, long count)
    {
        if (count > 0 && items.Count * (double)count > RenderContext.ListMax)
        {
            throw new TemplateException(TemplateFault.LimitExceeded, "A list is repeated too often.", Line);
        }

        var repeated = new List<object?>();
        for (long i = 0; i < count && items.Count > 0; i++)
        {
            context.Step(items.Count);
            repeated.AddRange(items);
        }

        return repeated;
    }

    private double Float(double x, double y) => Operator switch
    {
        "+" => x + y,
        "-" => x - y,
        "*" => x * y,
        "/" => x / y,
        "//" => Math.Floor(x / y),
        "%" => x - (Math.Floor(x / y) * y),
        _ => Math.Pow(x, y),
    };

    private object Whole(long x, long y)
    {
        checked
        {
            switch (Operator)
            {
                case "+":
                    return x + y;
                case "-":
                    return x - y;
                case "*":
                    return x * y;
                case "//":
                    return (x / y) - (x % y != 0 && (x < 0) != (y < 0) ? 1 : 0);
                case "%":
                    return ((x % y) + y) % y;
                default:
                    if (y < 0)
                    {
                        return Math.Pow(x, y);
                    }

                    long power = 1;
                    for (long i = 0; i < y && power != 0 && (x is not (0 or 1 or -1) || i < 2 + (y % 2)); i++)
                    {
                        power *= x;
                    }

                    return power;
            }
        }
    }
}

internal sealed record Member(Expression Target, Expression Key, bool IsAttribute, int Line) : Expression(Line)
{
    protected override object? Compute(RenderContext context)
    {
        object? target = Target.Evaluate(context);
        object? key = Key.Evaluate(context);
        if (target is Undefined undefined)
        {
            throw Fail($"'{undefined.Name}' is not defined, so it has no '{PythonText.Of(key)}'.");
        }

        if (key is string name)
        {
            if (target is JinjaTuple tuple && tuple.TryField(name, out object? field))
            {
                return field;
            }

            JinjaFunction? method = IsAttribute || target is not JinjaMap ? JinjaMethods.Find(target, name) : null;
            if (method is not null)
            {
                return method;
            }

            return target is JinjaMap map && map.TryGet(name, out object? value)
                ? value
                : JinjaMethods.Find(target, name) ?? (object)new Undefined(name);
        }

        if (key is long or bool && target is List<object?> or string)
        {
            List<object?> items = JinjaValue.Items(target);
            long index = JinjaValue.ToLong(key);
            index += index < 0 ? items.Count : 0;
            return index >= 0 && index < items.Count ? items[(int)index] : new Undefined($"item {PythonText.Of(key)}");
        }

        return new Undefined(PythonText.Of(key));
    }
}

internal sealed record Slice(Expression Target, Expression? Start, Expression? Stop, Expression? Stride, int Line)
    : Expression(Line)
{
    protected override object? Compute(RenderContext context)
    {
        object? target = Target.Evaluate(context);
        if (target is not (List<object?> or string))
        {
            throw Fail($"{JinjaValue.TypeName(target)} cannot be sliced.");
        }

        List<object?> items = JinjaValue.Items(target);
        long stride = Bound(Stride, context) ?? 1;
        if (stride == 0)
        {
            throw Fail("A slice has the step 0.");
        }

        long count = items.Count;
        long start = Clamp(Bound(Start, context) ?? (stride > 0 ? 0 : count - 1), Start is null);
        long stop = Clamp(Bound(Stop, context) ?? (stride > 0 ? count : -1), Stop is null);
        var result = new List<object?>();
        for (long i = start; stride > 0 ? i < stop : i > stop; i += stride)
        {
            context.Step();
            result.Add(items[(int)i]);
        }

        return target is string ? string.Concat(result) : result;

        long Clamp(long bound, bool isDefault)
        {
            long at = !isDefault && bound < 0 ? bound + count : bound;
            return stride > 0 ? Math.Clamp(at, 0, count) : Math.Clamp(at, -1, count - 1);
        }
    }

    private static long? Bound(Expression? bound, RenderContext context) =>
        bound?.Evaluate(context) is { } value ? JinjaValue.ToLong(value) : null;
}

internal sealed record Call(Expression Target, List<Expression> Arguments, List<(string Name, Expression Value)> Named, int Line)
    : Expression(Line)
{
    protected override object? Compute(RenderContext context) => Invoke(context, caller: null);

    /// <summary>Calls, with what a call block gives as its caller.</summary>
    public object? Invoke(RenderContext context, JinjaFunction? caller)
    {
        object? target = Target.Evaluate(context);
        JinjaFunction function = target as JinjaFunction ?? (target as JinjaMap)?.Call ?? throw Fail($"{JinjaValue.TypeName(target)} cannot be called.");
        JinjaMap named = Names(Named, context);
        if (caller is not null)
        {
            named["caller"] = caller;
        }

        return function(Arguments.ConvertAll(argument => argument.Evaluate(context)), named);
    }

    public static JinjaMap Names(List<(string Name, Expression Value)> named, RenderContext context)
    {
        var map = new JinjaMap();
        foreach ((string name, Expression value) in named)
        {
            map[name] = value.Evaluate(context);
        }

        return map;
    }
}

internal sealed record Filter(
    Expression Target, string Name, List<Expression> Arguments, List<(string Name, Expression Value)> Named, int Line)
    : Expression(Line)
{
    protected override object? Compute(RenderContext context) => JinjaFilters.Apply(
        Name, Target.Evaluate(context), Arguments.ConvertAll(argument => argument.Evaluate(context)),
        Call.Names(Named, context), context);
}

internal sealed record Test(Expression Target, string Name, List<Expression> Arguments, int Line) : Expression(Line)
{
    protected override object? Compute(RenderContext context) => JinjaTests.Holds(
        Name, Target.Evaluate(context), Arguments.ConvertAll(argument => argument.Evaluate(context)));
}
