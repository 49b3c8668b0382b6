namespace Ratchet.Engine.Models;

/// <summary>A file is a sound container but not a model that this engine can run.</summary>
/// <remarks>The message says where, what was found, what was needed and what to do.</remarks>
public sealed class ModelFormatException : FormatException
{
    private ModelFormatException(string path, string problem, string remedy)
        : base($"{path}: {problem} {remedy}")
        => Path = path;

    /// <summary>The file as it was given to the loader.</summary>
    public string Path { get; }

    internal static ModelFormatException UnknownArchitecture(string path, string found, string needed) => new(
        path, $"the architecture is '{found}', which this engine does not run.", $"It runs {needed}. Choose a model of one of them.");

    internal static ModelFormatException BadConfig(string path, IEnumerable<string> faults) => new(
        path, $"its sizes cannot be right: {string.Join("; ", faults)}.", "Fetch the file again, or convert the model again.");

    internal static ModelFormatException MissingTensor(string path, string name) => new(
        path, $"it has no tensor '{name}'.", "The file is incomplete or of another architecture than it says; convert the model again.");

    internal static ModelFormatException WrongShape(string path, string name, string found, string needed) => new(
        path, $"tensor '{name}' is {found}; needed is {needed}.", "Its metadata and its tensors come from different models; convert it again.");

    internal static ModelFormatException Unsupported(string path, string what, string remedy) => new(path, what, remedy);

    internal static ModelFormatException WrongDigest(string path, string found, string needed) => new(
        path, $"its contents are not those that models.json describes: found {found}, needed {needed}.",
        "The file was cut short or replaced; restore it from the repository.");
}
