namespace Ratchet.Engine.Training;

/// <summary>A checkpoint cannot be continued from.</summary>
/// <param name="folder">The checkpoint.</param>
/// <param name="problem">What was found and what was needed.</param>
/// <param name="remedy">What to do.</param>
public sealed class CheckpointException(string folder, string problem, string remedy) : FormatException($"{folder}: {problem} {remedy}")
{
    /// <summary>The checkpoint.</summary>
    public string Folder => folder;
}
