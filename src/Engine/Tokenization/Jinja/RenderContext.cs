using System.Text;

namespace Ratchet.Engine.Tokenization.Jinja;

/// <summary>Names, output and limits while a template is rendered.</summary>
internal sealed class RenderContext(long stepsMax, int outputMax)
{
    /// <summary>Nesting of blocks, calls and printed values.</summary>
    public const int DepthMax = 100;

    /// <summary>Items that a filter or an operator makes.</summary>
    public const int ListMax = 100_000;

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
