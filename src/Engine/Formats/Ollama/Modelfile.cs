using System.Text;

namespace Ratchet.Engine.Formats.Ollama;

/// <summary>Ollama's description of a model: what it is made from, and how it is asked.</summary>
/// <remarks>
/// <code>
/// FROM ./model.gguf                       a model, a folder of safetensors, a .gguf file; needed
/// ADAPTER ./adapter.gguf                  applied to it
/// TEMPLATE """..."""                      a Go template
/// SYSTEM """..."""                        where a conversation brings none
/// PARAMETER stop "&lt;|im_end|&gt;"
/// MESSAGE user Hello
/// </code>
/// A value is the rest of the line, or text in "..." or in """...""", which may go over lines. docs/formats/modelfile.md has the grammar.
/// </remarks>
public sealed record Modelfile
{
    /// <summary>The file's usual name.</summary>
    public const string FileName = "Modelfile";

    internal const string Fence = "\"\"\"";

    /// <summary>What it is made from.</summary>
    public required string From { get; init; }

    /// <summary>Adapters, by path.</summary>
    public IReadOnlyList<string> Adapters { get; init; } = [];

    /// <summary>The Go template, or null for Ollama's own choice.</summary>
    public string? Template { get; init; }

    /// <summary>The system text where a conversation brings none, or null.</summary>
    public string? System { get; init; }

    /// <summary>Names and values in order; stop may stand there several times.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Parameters { get; init; } = [];

    /// <summary>Opening messages: roles and texts.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Messages { get; init; } = [];

    /// <summary>Licence texts.</summary>
    public IReadOnlyList<string> Licenses { get; init; } = [];

    /// <summary>Lines for people at the top, without their #.</summary>
    public IReadOnlyList<string> Comments { get; init; } = [];

    /// <summary>Reads the text of a Modelfile.</summary>
    /// <param name="text">The file, decoded.</param>
    /// <exception cref="ModelfileException">A line is none of the grammar, or FROM is missing.</exception>
    public static Modelfile Parse(string text) => new ModelfileReader(text).Read();

    /// <summary>Writes the text; <see cref="Parse"/> gives the same back.</summary>
    /// <exception cref="ModelfileException">A text cannot be written: it holds the fence of three quotation marks.</exception>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (string comment in Comments)
        {
            text.Append("# ").Append(comment.ReplaceLineEndings(" ")).Append('\n');
        }

        Add(text, "FROM", From);
        foreach (string adapter in Adapters)
        {
            Add(text, "ADAPTER", adapter);
        }

        if (Template is not null)
        {
            Add(text, "TEMPLATE", Template, isFenced: true);
        }

        if (System is not null)
        {
            Add(text, "SYSTEM", System, isFenced: true);
        }

        foreach ((string name, string value) in Parameters)
        {
            Add(text, $"PARAMETER {name}", value, isQuoted: name == "stop");
        }

        foreach ((string role, string content) in Messages)
        {
            Add(text, $"MESSAGE {role}", content, isFenced: true);
        }

        foreach (string license in Licenses)
        {
            Add(text, "LICENSE", license, isFenced: true);
        }

        return text.ToString();
    }

    private static void Add(StringBuilder text, string instruction, string value, bool isFenced = false, bool isQuoted = false)
    {
        if (value.Contains(Fence, StringComparison.Ordinal) || (value.EndsWith('"') && (isFenced || value.Contains('\n', StringComparison.Ordinal))))
        {
            throw new ModelfileException(
                0, $"{instruction} holds text that a Modelfile cannot: it has {Fence} in it, or ends with a quotation mark. Change the text.");
        }

        bool isPlain = value.Length > 0 && value.Trim().Length == value.Length && !value.Contains('"', StringComparison.Ordinal)
            && !value.Contains('\n', StringComparison.Ordinal) && !value.Contains('\r', StringComparison.Ordinal);
        text.Append(instruction).Append(' ').Append(
            isFenced || value.AsSpan().IndexOfAny('\n', '\r') >= 0 ? Fence + value + Fence
            : isQuoted || !isPlain ? $"\"{value}\""
            : value).Append('\n');
    }
}
