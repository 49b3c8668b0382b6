using System.Text.Json;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Formats.Safetensors;

/// <summary>The weights of a model folder: model.safetensors, or the files that model.safetensors.index.json lists.</summary>
public sealed class SafetensorsFolder : IDisposable
{
    /// <summary>The only file of weights in most folders.</summary>
    public const string SingleName = "model.safetensors";

    /// <summary>Which file holds which tensor, where there are several.</summary>
    public const string IndexName = "model.safetensors.index.json";

    private const long IndexBytesMax = 64 << 20;
    private const int FilesMax = 4096;

    private readonly Dictionary<string, SafetensorsFile> _byTensor;
    private readonly List<SafetensorsFile> _files;

    private SafetensorsFolder(string path, List<SafetensorsFile> files, Dictionary<string, SafetensorsFile> byTensor)
    {
        Path = path;
        _files = files;
        _byTensor = byTensor;
    }

    /// <summary>The folder as it was given.</summary>
    public string Path { get; }

    /// <summary>Names of all tensors.</summary>
    public IEnumerable<string> Names => _byTensor.Keys;

    /// <summary>Opens all files and checks their headers.</summary>
    /// <param name="folder">A model folder.</param>
    /// <exception cref="SafetensorsFormatException">A file or the index is damaged, or they contradict each other.</exception>
    /// <exception cref="FileNotFoundException">The folder has neither file.</exception>
    public static SafetensorsFolder Open(string folder)
    {
        string index = System.IO.Path.Combine(folder, IndexName);
        Dictionary<string, string>? listed = File.Exists(index) ? ReadIndex(index) : null;
        string single = System.IO.Path.Combine(folder, SingleName);
        if (listed is null && !File.Exists(single))
        {
            throw new FileNotFoundException(
                $"{folder} has neither {SingleName} nor {IndexName}. Weights in other formats (.bin, .pth) are not read: save the model as safetensors.", single);
        }

        var files = new List<SafetensorsFile>();
        try
        {
            foreach (string name in listed?.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray() ?? [SingleName])
            {
                string path = System.IO.Path.Combine(folder, name);
                files.Add(File.Exists(path)
                    ? SafetensorsFile.Open(path)
                    : throw Contradiction(index, $"it lists the file '{name}', which is not there."));
            }

            return new SafetensorsFolder(folder, files, Arrange(index, files, listed));
        }
        catch
        {
            files.ForEach(f => f.Dispose());
            throw;
        }
    }

    /// <summary>Looks a tensor up by name.</summary>
    /// <param name="name">As in the files.</param>
    /// <param name="info">Where it is and what it holds.</param>
    public bool TryFindTensor(
        string name, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out SafetensorsTensorInfo? info)
    {
        info = null;
        return _byTensor.TryGetValue(name, out SafetensorsFile? file) && file.TryFindTensor(name, out info);
    }

    /// <summary>Copies an F32, F16 or BF16 tensor, as it is stored, into memory of its own.</summary>
    /// <param name="name">As in the files.</param>
    /// <exception cref="SafetensorsFormatException">There is no such tensor, or it is of another type.</exception>
    public Tensor ReadTensor(string name) => FileOf(name).ReadTensor(name);

    /// <summary>Reads a tensor of F32, F16, BF16 or F64 as single-precision numbers.</summary>
    /// <param name="name">As in the files.</param>
    /// <exception cref="SafetensorsFormatException">There is no such tensor, or it is of another type.</exception>
    public float[] ReadFloats(string name) => FileOf(name).ReadFloats(name);

    /// <summary>Reads the bytes of a tensor of U8.</summary>
    /// <param name="name">As in the files.</param>
    /// <exception cref="SafetensorsFormatException">There is no such tensor, or it is of another type.</exception>
    public byte[] ReadBytes(string name) => FileOf(name).ReadBytes(name);

    /// <inheritdoc/>
    public void Dispose() => _files.ForEach(f => f.Dispose());

    private static Dictionary<string, string> ReadIndex(string path)
    {
        long length = new FileInfo(path).Length;
        if (length > IndexBytesMax)
        {
            throw new SafetensorsFormatException(
                SafetensorsFault.LimitExceeded, path, $"the index has {length:N0} bytes; at most {IndexBytesMax:N0} are read.",
                "Fetch it again.");
        }

        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 8 });
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("weight_map", out JsonElement map) || map.ValueKind != JsonValueKind.Object)
            {
                throw SafetensorsFormatException.Header(path, "there is no object 'weight_map'.");
            }

            var listed = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (JsonProperty entry in map.EnumerateObject())
            {
                string file = entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString()! : string.Empty;

                // A name with a folder in it could reach any file of the machine.
                if (file.Length == 0 || file != System.IO.Path.GetFileName(file) || file.Contains('\\', StringComparison.Ordinal) || file is "." or "..")
                {
                    throw SafetensorsFormatException.Header(
                        path, $"the file of tensor '{entry.Name}' is {entry.Value.GetRawText()}; the name of a file beside the index was needed.");
                }

                listed[entry.Name] = file;
            }

            int files = listed.Values.Distinct(StringComparer.Ordinal).Count();
            return files is >= 1 and <= FilesMax
                ? listed
                : throw SafetensorsFormatException.Header(path, $"it lists {files:N0} files; 1 to {FilesMax:N0} are read.");
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            throw SafetensorsFormatException.Header(path, $"the index is not JSON: {fault.Message}");
        }
    }

    private static Dictionary<string, SafetensorsFile> Arrange(
        string index, List<SafetensorsFile> files, Dictionary<string, string>? listed)
    {
        var byTensor = new Dictionary<string, SafetensorsFile>(StringComparer.Ordinal);
        foreach (SafetensorsFile file in files)
        {
            foreach (SafetensorsTensorInfo tensor in file.Tensors)
            {
                string name = System.IO.Path.GetFileName(file.Path);
                if (listed is not null && (!listed.TryGetValue(tensor.Name, out string? home) || home != name))
                {
                    throw Contradiction(index, $"tensor '{tensor.Name}' is in '{name}', which the index does not say.");
                }

                byTensor[tensor.Name] = file;
            }
        }

        string? missing = listed?.Keys.FirstOrDefault(name => !byTensor.ContainsKey(name));
        return missing is null
            ? byTensor
            : throw Contradiction(index, $"tensor '{missing}' is not in '{listed![missing]}', where the index says it is.");
    }

    private static SafetensorsFormatException Contradiction(string index, string problem) => new(
        SafetensorsFault.MissingTensor, index, problem, "Index and files come from different models; fetch the whole folder again.");

    private SafetensorsFile FileOf(string name) => _byTensor.TryGetValue(name, out SafetensorsFile? file)
        ? file
        : throw new SafetensorsFormatException(
            SafetensorsFault.MissingTensor, Path, $"there is no tensor '{name}' among the {_byTensor.Count} of the folder.",
            "The folder belongs to another model.");
}
