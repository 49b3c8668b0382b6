using Ratchet.Engine.Adapters;
using Ratchet.Engine.Formats.HuggingFace;
using Ratchet.Engine.Models;
using Ratchet.TestKit;

namespace Ratchet.Fuzz.Readers;

/// <summary>PEFT folders and GGUF adapters, read for the base that they belong to.</summary>
internal static class AdapterReaders
{
    public static IEnumerable<FuzzReader> Create(string folder)
    {
        DecoderModel llama = ModelFolder.ReadDecoder(Golden.FolderOf("models/llama/model"));
        DecoderModel qwen = ModelFolder.ReadDecoder(Golden.FolderOf("models/qwen2/model"));
        yield return Reader("peft-lora", "llama-rslora-dora-patterns", llama, folder);
        yield return Reader("peft-saved", "qwen2-save-head", qwen, folder);
        yield return Reader("peft-embedding", "qwen2-embedding", qwen, folder);
        yield return GgufReader(llama, Path.Combine(folder, "adapter.gguf"));
    }

    private static FuzzReader GgufReader(DecoderModel model, string path)
    {
        FuzzSample[] samples = [.. ModelFileReaders.Containers("gguf/lora", "", ".gguf")];
        return new FuzzReader(
            "gguf-adapter", samples,
            (_, bytes) =>
            {
                File.WriteAllBytes(path, bytes);
                LoraAdapter.LoadGguf(path, model).Dispose();
                return true;
            },
            e => e is AdapterFormatException, new MemoryBound((1 << 20) + (16 * samples.Max(s => s.Bytes.Length)), 64));
    }

    private static FuzzReader Reader(string name, string variant, DecoderModel model, string folder)
    {
        string source = Golden.FolderOf($"lora/{variant}/adapter");
        var files = new SampleFolder(source, Path.Combine(folder, name));
        var config = new FuzzSample(
            AdapterConfigFile.FileName, File.ReadAllBytes(Path.Combine(source, AdapterConfigFile.FileName)), SampleForm.Json);
        var weights = new FuzzSample(
            AdapterConfigFile.WeightsFileName, File.ReadAllBytes(Path.Combine(source, AdapterConfigFile.WeightsFileName)), SampleForm.Safetensors);
        return new FuzzReader(
            name, [config, weights],
            (sample, bytes) => files.With(sample.Name, bytes, path =>
            {
                LoraAdapter.Load(path, model).Dispose();
                return true;
            }),
            e => e is AdapterFormatException, new MemoryBound((1 << 20) + (16 * weights.Bytes.Length), 64));
    }
}
