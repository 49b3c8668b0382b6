using System.Text.Json;

namespace Ratchet.Engine.Models;

/// <summary>Finds model files by name, and holds the bundled ones against what models.json says of them.</summary>
public static class ModelStore
{
    private const string ListName = "models.json";

    /// <summary>The file or the folder of a model.</summary>
    /// <param name="modelsFolder">The folder with models.json.</param>
    /// <param name="nameOrPath">A name in models.json, a file or folder in the folder, or the path of a .gguf file or of a Hugging Face folder.</param>
    /// <exception cref="FileNotFoundException">There is neither such a name nor such a file.</exception>
    /// <exception cref="ModelFormatException">A bundled file does not have the bytes that models.json names.</exception>
    public static string Resolve(string modelsFolder, string nameOrPath)
    {
        IReadOnlyList<ModelEntry> entries = List(modelsFolder);
        ModelEntry? entry = entries.FirstOrDefault(e => e.Name == nameOrPath || e.File == nameOrPath);
        if (entry is not null)
        {
            string bundled = Path.GetFullPath(Path.Combine(modelsFolder, entry.File));
            return File.Exists(bundled)
                ? Checked(bundled, entry)
                : throw new FileNotFoundException(
                    $"{bundled} is missing, though {ListName} lists it. Restore it from the repository.", bundled);
        }

        string[] candidates = [nameOrPath, Path.Combine(modelsFolder, nameOrPath), Path.Combine(modelsFolder, nameOrPath + ".gguf")];
        return candidates.FirstOrDefault(path => File.Exists(path) || File.Exists(Path.Combine(path, FolderConfig.FileName))) is { } found
            ? Path.GetFullPath(found)
            : throw new FileNotFoundException(
                $"There is no model '{nameOrPath}'. Known names in {modelsFolder}: {string.Join(", ", entries.Select(e => e.Name))}. "
                + "Give one of them, or the path of a .gguf file or of a folder with config.json.",
                nameOrPath);
    }

    /// <summary>What models.json lists; empty where there is no such file.</summary>
    /// <param name="modelsFolder">The folder with models.json.</param>
    public static IReadOnlyList<ModelEntry> List(string modelsFolder)
    {
        string path = Path.Combine(modelsFolder, ListName);
        if (!File.Exists(path))
        {
            return [];
        }

        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        return
        [
            .. document.RootElement.GetProperty("models").EnumerateArray().Select(m => new ModelEntry(
                Text(m, "name"), Text(m, "file"), Text(m, "kind"), m.GetProperty("bytes").GetInt64(), Text(m, "sha256"))),
        ];

        static string Text(JsonElement model, string name) => model.GetProperty(name).GetString() ?? string.Empty;
    }

    private static string Checked(string path, ModelEntry entry)
    {
        long bytes = new FileInfo(path).Length;
        if (bytes != entry.Bytes)
        {
            throw ModelFormatException.WrongDigest(path, $"{bytes:N0} bytes", $"{entry.Bytes:N0}");
        }

        string digest = FileDigest.Of(path);
        return digest == entry.Sha256 ? path : throw ModelFormatException.WrongDigest(path, $"SHA-256 {digest}", entry.Sha256);
    }
}
