using Ratchet.Engine.Formats.Gguf;
using Ratchet.Engine.Formats.HuggingFace;
using Ratchet.Engine.Formats.Safetensors;
using Ratchet.Engine.Models.Families;

namespace Ratchet.Engine.Models;

/// <summary>What a language model is, its weights unread.</summary>
/// <param name="Name">As the loader names it.</param>
/// <param name="Sha256">Of the file, or of what a folder's files hold, lower-case hexadecimal.</param>
/// <param name="ParameterCount">Numbers in its tensors.</param>
/// <param name="ContextLength">Positions it was made for.</param>
/// <param name="LayerCount">Blocks; null where a GGUF file does not say.</param>
/// <param name="WeightType">How most numbers of its matrices are stored: "Q4_1", "BF16", "NF4".</param>
public sealed record ModelDescription(string Name, string Sha256, long ParameterCount, int ContextLength, int? LayerCount, string WeightType)
{
    private static readonly (string Kind, string Name)[] FourBitKinds = [("nf4", "NF4"), ("fp4", "FP4")];

    // What four-bit checkpoints keep beside a weight.
    private static readonly string[] Scales = [".absmax", ".quant_map", ".nested_absmax", ".nested_quant_map"];

    /// <summary>Describes a .gguf file or a Hugging Face folder.</summary>
    /// <param name="path">The file or the folder.</param>
    /// <exception cref="FormatException">The metadata are damaged or are not those of a language model.</exception>
    /// <exception cref="FileNotFoundException">The folder has no weights.</exception>
    public static ModelDescription Of(string path)
    {
        if (!Directory.Exists(path))
        {
            using var file = GgufFile.Open(path);
            string architecture = file.Metadata.GetString("general.architecture");
            return new(
                ModelLoader.NameOf(path), FileDigest.Of(path),
                file.Tensors.Sum(tensor => tensor.Shape.Aggregate(1L, (count, size) => count * size)),
                file.Metadata.GetInt32($"{architecture}.context_length"),
                file.Metadata.Contains($"{architecture}.block_count") ? file.Metadata.GetInt32($"{architecture}.block_count") : null,
                Most(file.Tensors.Where(tensor => tensor.Shape.Count == 2 && tensor.Name.StartsWith("blk.", StringComparison.Ordinal))
                    .Select(tensor => (tensor.Type.ToString(), (long)tensor.Shape[0] * tensor.Shape[1]))));
        }

        var settings = JsonSettings.Read(Path.Combine(path, FolderConfig.FileName));
        DecoderFamily family = FolderConfig.FamilyOf(settings);
        ModelConfig config = FolderConfig.Read(settings, family);
        using var weights = SafetensorsFolder.Open(path);
        return new(
            ModelLoader.NameOf(path), FileDigest.OfFolder(path), weights.Names.Sum(name => ParametersOf(weights, name)),
            config.ContextLength, config.LayerCount, TypeOf(weights));
    }

    private static string TypeOf(SafetensorsFolder weights)
    {
        foreach ((string kind, string name) in FourBitKinds)
        {
            if (weights.Names.Any(tensor => tensor.EndsWith($".quant_state.bitsandbytes__{kind}", StringComparison.Ordinal)))
            {
                return name;
            }
        }

        return Most(weights.Names.Select(name => weights.TryFindTensor(name, out SafetensorsTensorInfo? info) && info.Shape.Count == 2
            ? (info.DataType, (long)info.Count) : (string.Empty, 0L)));
    }

    private static string Most(IEnumerable<(string Type, long Count)> matrices) =>
        matrices.GroupBy(m => m.Type, m => m.Count).MaxBy(g => g.Sum())?.Key ?? "";

    // A byte of a four-bit weight holds two.
    private static long ParametersOf(SafetensorsFolder weights, string name)
    {
        if (Scales.Any(scale => name.EndsWith(scale, StringComparison.Ordinal)) || name.Contains(".quant_state.", StringComparison.Ordinal)
            || !weights.TryFindTensor(name, out SafetensorsTensorInfo? info))
        {
            return 0;
        }

        return info.DataType == "U8" ? info.Count * 2 : info.Count;
    }
}
