using Ratchet.Engine.Formats.Gguf;
using Ratchet.Engine.Formats.HuggingFace;
using Ratchet.Engine.Formats.Safetensors;
using Ratchet.Engine.Models;
using Ratchet.Engine.Tokenization;
using Ratchet.TestKit;

namespace Ratchet.Fuzz.Readers;

/// <summary>GGUF, safetensors, and model folders with their settings.</summary>
internal static class ModelFileReaders
{
    // Above what any file costs: buffers of 16 MiB pieces are cut to the tensor, a header's objects are some times its bytes.
    private static readonly MemoryBound ContainerMemory = new(1 << 20, 64);

    // A model keeps its weights in tiles, and packs and digests them once.
    private static readonly MemoryBound ModelMemory = new(16 << 20, 64);

    public static IEnumerable<FuzzReader> Create(string folder)
    {
        string gguf = Path.Combine(folder, "input.gguf");
        string model = Path.Combine(folder, "model.gguf");
        string safetensors = Path.Combine(folder, "input.safetensors");
        yield return new FuzzReader(
            "gguf", [.. Containers("gguf/malformed/gguf", "valid", ".gguf").Concat(Containers("gguf/lora", "", ".gguf"))],
            (_, bytes) => ReadGguf(gguf, bytes), e => e is GgufFormatException, ContainerMemory);
        yield return new FuzzReader(
            "gguf-model", [.. Containers("gguf/models", "llama-q4_1", ".gguf").Concat(Containers("gguf/models", "qwen2", ".gguf"))],
            (_, bytes) => ReadModel(model, bytes), e => e is GgufFormatException or ModelFormatException or VocabularyException, ModelMemory);
        yield return new FuzzReader(
            "safetensors",
            [.. Names("gguf/malformed/safetensors", "valid", ".safetensors").Select(name => new FuzzSample(Path.GetFileName(name), Bytes(name), SampleForm.Safetensors))],
            (_, bytes) => ReadSafetensors(safetensors, bytes), e => e is SafetensorsFormatException, ContainerMemory);
        foreach (string family in (string[])["llama", "gemma2", "gpt2"])
        {
            yield return ModelFolderReader($"folder-{family}", Golden.FolderOf($"models/{family}/model"), Path.Combine(folder, family));
        }
    }

    private static FuzzReader ModelFolderReader(string name, string source, string folder)
    {
        var files = new SampleFolder(source, folder);
        FuzzSample[] samples =
        [
            .. Directory.GetFiles(source, "*.json").Select(file => new FuzzSample(Path.GetFileName(file), File.ReadAllBytes(file), SampleForm.Json)),
            .. Directory.GetFiles(source, "*.safetensors").Select(file => new FuzzSample(Path.GetFileName(file), File.ReadAllBytes(file), SampleForm.Safetensors)),
        ];
        long weights = samples.Sum(sample => (long)sample.Bytes.Length);
        return new FuzzReader(
            name, samples,
            (sample, bytes) => files.With(sample.Name, bytes, path =>
            {
                _ = GenerationConfigFile.Read(path);
                ModelFolder.ReadDecoder(path).Dispose();
                return true;
            }),
            e => e is SettingsFormatException or SafetensorsFormatException or ModelFormatException,
            ModelMemory with { Fixed = ModelMemory.Fixed + (8 * weights) });
    }

    private static bool ReadGguf(string path, byte[] bytes)
    {
        File.WriteAllBytes(path, bytes);
        using var file = GgufFile.Open(path);
        foreach (GgufTensorInfo tensor in file.Tensors)
        {
            file.ReadTensor(tensor.Name).Dispose();
        }

        return true;
    }

    private static bool ReadModel(string path, byte[] bytes)
    {
        File.WriteAllBytes(path, bytes);
        using LoadedDecoder model = ModelLoader.LoadDecoder(path);
        _ = model.Tokenizer.Decode(model.Tokenizer.Encode("one 2 three, 四", parseSpecial: true));
        return true;
    }

    private static bool ReadSafetensors(string path, byte[] bytes)
    {
        File.WriteAllBytes(path, bytes);
        using var file = SafetensorsFile.Open(path);
        foreach (SafetensorsTensorInfo tensor in file.Tensors.Where(tensor => tensor.DataType is "F32" or "F16" or "BF16"))
        {
            file.ReadTensor(tensor.Name).Dispose();
        }

        return true;
    }

    /// <summary>GGUF files of a golden folder, with the length of what is before their data.</summary>
    internal static IEnumerable<FuzzSample> Containers(string folder, string start, string ending) => Names(folder, start, ending).Select(name =>
    {
        using var file = GgufFile.Open(Golden.PathOf(name));
        long header = file.Tensors.Count == 0 ? 0 : file.Tensors.Min(tensor => tensor.Offset);
        return new FuzzSample(Path.GetFileName(name), Bytes(name), SampleForm.Binary, (int)header);
    });

    private static IEnumerable<string> Names(string folder, string start, string ending) =>
        Directory.GetFiles(Path.Combine(SourceTree.Root, "tests", "golden", folder))
            .Select(file => Path.GetFileName(file).EndsWith(".gz", StringComparison.Ordinal) ? Path.GetFileName(file)[..^3] : Path.GetFileName(file))
            .Where(name => name.StartsWith(start, StringComparison.Ordinal) && name.EndsWith(ending, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal).Select(name => $"{folder}/{name}");

    private static byte[] Bytes(string name) => File.ReadAllBytes(Golden.PathOf(name));
}
