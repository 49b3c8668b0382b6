using System.Text;

namespace Ratchet.Engine.Tokenization.Jinja;

/// <summary>Names, output and limits while a template is rendered.</summary>
internal sealed class RenderContext(long stepsMax, int outputMax)
{
    /// <summary>Nesting of blocks, calls and printed values.</summary>
    public const int DepthMax = 100;

    /// <summary>Items that a filter or an operator makes.</summary>
    public const int ListMax = 100_000;

    /// <summary>Characters of one text.</summary>
    public const int TextLengthMax = 4_000_000;

    // Characters that cost as much as a node.
    private const int CharactersPerStep = 64;

    // Values compare and print themselves deep below whoever has the context at hand; a rendering stays on its thread.
    [ThreadStatic]
    private static RenderContext? _current;

    private readonly List<Dictionary<string, object?>> _scopes = [new(StringComparer.Ordinal)];
    private readonly Stack<StringBuilder> _outputs = new([new StringBuilder()]);
    private long _steps;
    private long _written;
    private int _depth;

    public StringBuilder Output => _outputs.Peek();

    public object? this[string name]
    {
        get
        {
            for (int i = _scopes.Count - 1; i >= 0; i--)
            {
                if (_scopes[i].TryGetValue(name, out object? value))
                {
                    return value;
                }
            }

            return new Undefined(name);
        }
        set => _scopes[^1][name] = value;
    }

    public void Write(string text)
    {
        _written += text.Length;
        if (_written > outputMax)
        {
            throw new TemplateException(
                TemplateFault.LimitExceeded, $"The template writes more than {outputMax:N0} characters. Send fewer or shorter messages.");
        }

        Output.Append(text);
    }

    /// <summary>Counts work, in units of one node or one item.</summary>
    public void Step(long count = 1)
    {
        _steps += count;
        if (_steps > stepsMax)
        {
            throw new TemplateException(
                TemplateFault.LimitExceeded, $"The template takes more than {stepsMax:N0} steps. Send fewer or shorter messages.");
        }
    }

    /// <summary>Makes this the context that <see cref="Spend"/> counts for, until the end.</summary>
    public void Run(Action body)
    {
        RenderContext? before = _current;
        _current = this;
        try
        {
            body();
        }
        finally
        {
            _current = before;
        }
    }

    /// <summary>Counts work for what is being rendered on this thread.</summary>
    public static void Spend(long count) => _current?.Step(count);

    /// <summary>Counts a text that is about to be made or gone through, and refuses one that is too long.</summary>
    public static void SpendText(long length)
    {
        if (length > TextLengthMax)
        {
            throw new TemplateException(
                TemplateFault.LimitExceeded, $"The template makes a text of {length:N0} characters; at most {TextLengthMax:N0} are computed with.");
        }

        Spend(length / CharactersPerStep);
    }

    /// <summary>Counts a search: in the worst case every place of the text is compared with the whole part.</summary>
    public static void SpendSearch(string text, string part) =>
        Spend(((long)(text.Length / CharactersPerStep) + 1) * ((part.Length / (4 * CharactersPerStep)) + 1));

    public void Enter()
    {
        if (++_depth > DepthMax)
        {
            throw new TemplateException(TemplateFault.LimitExceeded, $"The template nests deeper than {DepthMax}.");
        }
    }

    public void Leave() => _depth--;

    public void PushScope() => _scopes.Add(new Dictionary<string, object?>(StringComparer.Ordinal));

    public void PopScope() => _scopes.RemoveAt(_scopes.Count - 1);

    /// <summary>Runs something whose output is taken instead of written.</summary>
    public string Capture(Action body)
    {
        _outputs.Push(new StringBuilder());
        body();
        return _outputs.Pop().ToString();
    }
}
