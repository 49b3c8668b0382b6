namespace Ratchet.Engine.Formats.HuggingFace;

/// <summary>A settings file of a model folder cannot be used. The message says where, what was found, what was needed and what to do.</summary>
/// <param name="path">The file.</param>
/// <param name="problem">A sentence: what was found and what was needed.</param>
/// <param name="remedy">A sentence: what to do.</param>
public sealed class SettingsFormatException(string path, string problem, string remedy) : FormatException($"{path}: {problem} {remedy}")
{
    /// <summary>The file.</summary>
    public string Path { get; } = path;
}
