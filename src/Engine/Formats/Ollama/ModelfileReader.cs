namespace Ratchet.Engine.Formats.Ollama;

/// <summary>Reads the grammar of <see cref="Modelfile"/>, line by line.</summary>
internal sealed class ModelfileReader(string text)
{
    private const int LengthMax = 16 << 20;

    private static readonly string[] Instructions =
        ["from", "license", "template", "system", "adapter", "renderer", "parser", "parameter", "message", "requires", "draft"];

    private static readonly string[] ParameterNames =
    [
        "num_ctx", "repeat_last_n", "repeat_penalty", "temperature", "seed", "stop", "num_predict", "draft_num_predict", "top_k", "top_p", "min_p",
    ];

    private readonly List<string> _adapters = [];
    private readonly List<string> _licenses = [];
    private readonly List<KeyValuePair<string, string>> _parameters = [];
    private readonly List<KeyValuePair<string, string>> _messages = [];
    private string? _from;
    private string? _template;
    private string? _system;
    private int _at;
    private int _line = 1;

    public Modelfile Read()
    {
        if (text.Length > LengthMax)
        {
            throw new ModelfileException(0, $"The file has {text.Length:N0} characters; at most {LengthMax:N0} are read.");
        }

        if (text.StartsWith('\uFEFF'))
        {
            _at = 1;
        }

        while (_at < text.Length)
        {
            SkipBlanks();
            if (_at >= text.Length)
            {
                break;
            }

            if (text[_at] == '\n')
            {
                Advance(1);
            }
            else if (text[_at] == '#')
            {
                _ = RestOfLine();
            }
            else
            {
                ReadInstruction();
            }
        }

        return new Modelfile
        {
            From = _from ?? throw new ModelfileException(0, "There is no FROM line. Add one: a model, a folder of safetensors, or a .gguf file."),
            Adapters = _adapters,
            Template = _template,
            System = _system,
            Parameters = _parameters,
            Messages = _messages,
            Licenses = _licenses,
        };
    }

    private void ReadInstruction()
    {
        int line = _line;
        string word = Word();
        string instruction = word.ToLowerInvariant();
        if (!Instructions.Contains(instruction))
        {
            throw new ModelfileException(line, $"'{word}' is no instruction; it must be one of {string.Join(", ", Instructions)}.");
        }

        string name = string.Empty;
        if (instruction is "parameter" or "message")
        {
            SkipBlanks();
            name = Word();
            string[] known = instruction == "message" ? ["system", "user", "assistant"] : ParameterNames;
            if (!known.Contains(name))
            {
                throw new ModelfileException(line, $"'{name}' is no {(instruction == "message" ? "role" : "parameter")}; it must be one of {string.Join(", ", known)}.");
            }
        }

        SkipBlanks();
        string value = Value(line);
        switch (instruction)
        {
            case "from":
                _from = value;
                break;
            case "adapter":
                _adapters.Add(value);
                break;
            case "template":
                _template = value;
                break;
            case "system":
                _system = value;
                break;
            case "license":
                _licenses.Add(value);
                break;
            case "parameter":
                _parameters.Add(new(name, value));
                break;
            case "message":
                _messages.Add(new(name, value));
                break;
            default:
                break;
        }
    }

    private string Value(int line)
    {
        if (string.CompareOrdinal(text, _at, Modelfile.Fence, 0, Modelfile.Fence.Length) == 0)
        {
            int start = _at + Modelfile.Fence.Length;
            int end = text.IndexOf(Modelfile.Fence, start, StringComparison.Ordinal);
            if (end < 0)
            {
                throw new ModelfileException(line, $"The text that begins with {Modelfile.Fence} has no end; close it with {Modelfile.Fence}.");
            }

            string fenced = text[start..end];
            Advance(end + Modelfile.Fence.Length - _at);
            string rest = RestOfLine().Trim();
            return rest.Length == 0 ? fenced : throw new ModelfileException(_line, $"'{rest}' stands after the end of a text; begin a new line.");
        }

        string value = RestOfLine().Trim();
        if (value.Length == 0)
        {
            throw new ModelfileException(line, "An instruction has no value; give one on the same line.");
        }

        return value is ['"', .. string inside, '"'] ? inside
            : value[0] == '"' ? throw new ModelfileException(line, "The text that begins with a quotation mark has no end on this line; close it, or use three.")
            : value;
    }

    private string Word()
    {
        int start = _at;
        while (_at < text.Length && !char.IsWhiteSpace(text[_at]))
        {
            _at++;
        }

        return text[start.._at];
    }

    private string RestOfLine()
    {
        int end = text.IndexOf('\n', _at);
        string rest = end < 0 ? text[_at..] : text[_at..end];
        Advance(rest.Length);
        return rest;
    }

    private void SkipBlanks()
    {
        while (_at < text.Length && text[_at] is ' ' or '\t' or '\r')
        {
            _at++;
        }
    }

    private void Advance(int count)
    {
        _line += text.AsSpan(_at, count).Count('\n');
        _at += count;
    }
}
