using System.Text.Json;
using Ratchet.Engine.Tokenization.Jinja;

namespace Ratchet.Engine.Tokenization;

/// <summary>A model's own chat template (Jinja), rendered in a sandbox: no .NET objects, bounded steps, depth and output.</summary>
/// <remarks>
/// The environment is that of transformers' apply_chat_template: trim_blocks and lstrip_blocks on, loop controls, the
/// functions raise_exception, strftime_now, namespace, range and dict, and Python's printing.
/// </remarks>
public sealed class ChatTemplate
{
    private const int SourceLengthMax = 1 << 20;
    private const int OutputMax = 16 << 20;
    private const int RangeMax = 100_000;
    private const long StepsMax = 1_000_000;

    private readonly List<Statement> _body;
    private readonly string? _beginToken;
    private readonly string? _endToken;
    private readonly TimeProvider _clock;

    /// <summary>Parses a template.</summary>
    /// <param name="source">The template.</param>
    /// <param name="beginToken">What it calls bos_token; null leaves the name undefined.</param>
    /// <param name="endToken">What it calls eos_token; likewise.</param>
    /// <param name="clock">For strftime_now; the system's where null.</param>
    /// <exception cref="TemplateException">The template is wrong, or uses what this subset does not know.</exception>
    public ChatTemplate(string source, string? beginToken, string? endToken, TimeProvider? clock = null)
    {
        if (source.Length > SourceLengthMax)
        {
            throw new TemplateException(
                TemplateFault.LimitExceeded, $"The chat template has {source.Length:N0} characters; at most {SourceLengthMax:N0} are read.");
        }

        Source = source;
        _body = TemplateParser.Parse(source);
        _beginToken = beginToken;
        _endToken = endToken;
        _clock = clock ?? TimeProvider.System;
    }

    /// <summary>The template as it was given.</summary>
    public string Source { get; }

    /// <summary>Renders a conversation.</summary>
    /// <param name="messages">The conversation, oldest message first.</param>
    /// <param name="addGenerationPrompt">Whether the text ends where the assistant is to speak.</param>
    /// <param name="variables">Further names for the template, for example tools; may hide the ones above.</param>
    /// <exception cref="TemplateException">The template does not take these messages, or a limit was reached.</exception>
    public string Render(
        IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt,
        IReadOnlyDictionary<string, JsonElement>? variables = null)
    {
        List<object?> list = [.. messages.Select(ToMap)];
        var names = new Dictionary<string, object?>
        {
            ["messages"] = list,
            ["add_generation_prompt"] = addGenerationPrompt,
            ["tools"] = null,
            ["documents"] = null,
        };
        if (_beginToken is not null)
        {
            names["bos_token"] = _beginToken;
        }

        if (_endToken is not null)
        {
            names["eos_token"] = _endToken;
        }

        foreach ((string name, JsonElement value) in variables ?? new Dictionary<string, JsonElement>())
        {
            names[name] = JinjaValue.FromJson(value);
        }

        return Render(names);
    }

    /// <summary>Renders with exactly these names, besides the functions.</summary>
    internal string Render(IReadOnlyDictionary<string, object?> names)
    {
        var context = new RenderContext(StepsMax, OutputMax);
        context["raise_exception"] = (JinjaFunction)((arguments, _) =>
            throw new TemplateException(TemplateFault.Raised, PythonText.Of(arguments.FirstOrDefault())));
        context["strftime_now"] = (JinjaFunction)((arguments, _) =>
            PythonTime.Format(_clock.GetLocalNow(), PythonText.Of(arguments.FirstOrDefault())));
        context["namespace"] = (JinjaFunction)MakeNamespace;
        context["dict"] = (JinjaFunction)((_, named) => named);
        context["joiner"] = (JinjaFunction)((arguments, named) => Joiner(
            PythonText.Of(arguments.Count > 0 ? arguments[0] : named.TryGet("sep", out object? given) ? given : ", ")));
        context["cycler"] = (JinjaFunction)((arguments, _) => Cycler(arguments));
        context["range"] = (JinjaFunction)((arguments, _) => Range(arguments, context));
        foreach ((string name, object? value) in names)
        {
            context[name] = value;
        }

        context.Run(() => RunBody(context));
        return context.Output.ToString();
    }

    private void RunBody(RenderContext context)
    {
        foreach (Statement statement in _body)
        {
            context.Step();
            if (statement.Run(context) != Flow.Normal)
            {
                throw new TemplateException(TemplateFault.Syntax, "break or continue stands outside of a loop.");
            }
        }
    }

    private static JinjaMap ToMap(ChatMessage message)
    {
        var map = new JinjaMap { ["role"] = message.Role };
        if (message.Content is not null)
        {
            map["content"] = message.Content;
        }

        foreach ((string name, JsonElement value) in message.Fields)
        {
            map[name] = JinjaValue.FromJson(value);
        }

        return map;
    }

    private static JinjaMap MakeNamespace(List<object?> arguments, JinjaMap named)
    {
        var map = new JinjaMap(isNamespace: true);
        IEnumerable<KeyValuePair<string, object?>> given = arguments.FirstOrDefault() is JinjaMap first ? first.Entries : [];
        foreach ((string key, object? value) in given.Concat(named.Entries))
        {
            map[key] = value;
        }

        return map;
    }

    // Nothing the first time it is called, the separator afterwards.
    private static JinjaFunction Joiner(string separator)
    {
        bool used = false;
        return (_, _) =>
        {
            string text = used ? separator : "";
            used = true;
            return text;
        };
    }

    private static JinjaMap Cycler(List<object?> items)
    {
        if (items.Count == 0)
        {
            throw new TemplateException(TemplateFault.Rendering, "cycler was given nothing to cycle through.");
        }

        int at = 0;
        var cycler = new JinjaMap(isNamespace: true) { ["current"] = items[0] };
        cycler["next"] = (JinjaFunction)((_, _) =>
        {
            object? item = items[at];
            at = (at + 1) % items.Count;
            cycler["current"] = items[at];
            return item;
        });
        cycler["reset"] = (JinjaFunction)((_, _) =>
        {
            (at, cycler["current"]) = (0, items[0]);
            return null;
        });
        return cycler;
    }

    private static List<object?> Range(List<object?> arguments, RenderContext context)
    {
        long start = arguments.Count > 1 ? JinjaValue.ToLong(arguments[0]) : 0;
        long stop = JinjaValue.ToLong(arguments.ElementAtOrDefault(arguments.Count > 1 ? 1 : 0));
        long step = arguments.Count > 2 ? JinjaValue.ToLong(arguments[2]) : 1;
        double count = step == 0 ? double.NaN : Math.Ceiling(((double)stop - start) / step);
        if (double.IsNaN(count) || count > RangeMax)
        {
            throw new TemplateException(TemplateFault.Rendering, $"range would make more than {RangeMax:N0} numbers, or has the step 0.");
        }

        var numbers = new List<object?>();
        for (long i = 0; i < count; i++)
        {
            context.Step();
            numbers.Add(start + (i * step));
        }

        return numbers;
    }
}
