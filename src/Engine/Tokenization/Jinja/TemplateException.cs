namespace Ratchet.Engine.Tokenization.Jinja;

/// <summary>When a template failed.</summary>
public enum TemplateFault
{
    /// <summary>While it was parsed: the template is wrong.</summary>
    Syntax,

    /// <summary>While it was rendered: it does not take these messages, or asks for what the sandbox forbids.</summary>
    Rendering,

    /// <summary>The template itself refused, by raise_exception.</summary>
    Raised,

    /// <summary>Rendering took more steps, depth or output than is allowed.</summary>
    LimitExceeded,
}

/// <summary>A chat template could not be parsed or rendered.</summary>
public sealed class TemplateException : FormatException
{
    internal TemplateException(TemplateFault fault, string message, int line = 0)
        : base(line > 0 ? $"Chat template, line {line}: {message}" : message)
    {
        Fault = fault;
        Line = line;
    }

    /// <summary>When it failed.</summary>
    public TemplateFault Fault { get; }

    /// <summary>Line of the template from 1, or 0 where it is not known.</summary>
    public int Line { get; }
}
