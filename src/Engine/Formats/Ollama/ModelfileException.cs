namespace Ratchet.Engine.Formats.Ollama;

/// <summary>A Modelfile is none, or a text cannot stand in one.</summary>
/// <param name="line">Where, from 1; 0 where no single line is at fault.</param>
/// <param name="problem">What was found, what was needed and what to do.</param>
public sealed class ModelfileException(int line, string problem)
    : FormatException(line > 0 ? $"(line {line}): {problem}" : problem)
{
    /// <summary>From 1; 0 where no single line is at fault.</summary>
    public int Line { get; } = line;
}
