namespace Ratchet.Engine.Formats.HuggingFace;

/// <summary>An adapter folder cannot be used. The message says where, what was found, what was needed and what to do.</summary>
/// <param name="fault">What is wrong, for programs.</param>
/// <param name="path">The file or folder.</param>
/// <param name="problem">A sentence: what was found and what was needed.</param>
/// <param name="remedy">A sentence: what to do.</param>
public sealed class AdapterFormatException(AdapterFault fault, string path, string problem, string remedy)
    : FormatException($"{path}: {problem} {remedy}")
{
    /// <summary>What is wrong, for programs.</summary>
    public AdapterFault Fault { get; } = fault;

    /// <summary>The file or folder.</summary>
    public string Path { get; } = path;
}
