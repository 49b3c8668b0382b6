using Ratchet.Engine.Formats.Gguf;
using Ratchet.Engine.Models.Families;

namespace Ratchet.Engine.Models;

/// <summary>Reads a <see cref="DecoderModel"/> from a GGUF file. Weights stay in their stored blocks.</summary>
internal static class DecoderReader
{
    private static readonly DecoderPartNames GgufParts = new()
    {
        TokenEmbedding = "token_embd",
        PositionEmbedding = "position_embd",
        Head = "output",
    };

    public static DecoderModel Read(GgufFile file)
    {
        string architecture = file.Metadata.GetString("general.architecture");
        DecoderFamily family = DecoderFamily.All.FirstOrDefault(f => f.Architecture == architecture)
            ?? throw ModelFormatException.UnknownArchitecture(
                file.Path, architecture, string.Join(", ", DecoderFamily.All.Where(f => f.Architecture is not null).Select(f => $"'{f.Architecture}'")));
        using var source = new TensorSource(file);
        ModelConfig config = ReadConfig(file, family, source).Validated(file.Path);
        DecoderModel model = new DecoderAssembly(source, family, config)
        {
            Names = family.GgufNames,
            PartNames = GgufParts,
            IsInterleaved = family.InterleavedRotary,
        }.Build();
        source.Release();
        return model;
    }

    private static ModelConfig ReadConfig(GgufFile file, DecoderFamily family, TensorSource source)
    {
        GgufMetadata data = file.Metadata;
        string prefix = family.Architecture!;
        int hidden = data.GetInt32($"{prefix}.embedding_length");
        int heads = data.GetInt32($"{prefix}.attention.head_count");
        int headSize = data.GetInt32($"{prefix}.attention.key_length", hidden / Math.Max(1, heads));
        if (data.GetInt32($"{prefix}.attention.value_length", headSize) != headSize)
        {
            throw ModelFormatException.Unsupported(
                file.Path, "keys and values have heads of different sizes.", "Choose a model whose key_length and value_length agree.");
        }

        int vocabulary = file.TryFindTensor("token_embd.weight", out GgufTensorInfo? embedding) && embedding.Shape.Count == 2
            ? embedding.Shape[0]
            : throw ModelFormatException.MissingTensor(file.Path, "token_embd.weight");
        return new ModelConfig
        {
            Architecture = prefix,
            VocabularySize = vocabulary,
            HiddenSize = hidden,
            FeedForwardSize = data.GetInt32($"{prefix}.feed_forward_length"),
            LayerCount = data.GetInt32($"{prefix}.block_count"),
            HeadCount = heads,
            KeyValueHeadCount = data.GetInt32($"{prefix}.attention.head_count_kv", heads),
            HeadSize = headSize,
            ContextLength = data.GetInt32($"{prefix}.context_length"),
            NormEpsilon = data.GetFloat($"{prefix}.attention.layer_norm_rms_epsilon"),
            TiedEmbeddings = !source.Has("output.weight"),
            Rotary = ReadRotary(file, prefix, headSize, source),
        };
    }

    private static RotaryConfig ReadRotary(GgufFile file, string prefix, int headSize, TensorSource source)
    {
        GgufMetadata data = file.Metadata;
        int size = data.GetInt32($"{prefix}.rope.dimension_count", headSize);
        string scaling = data.FindString($"{prefix}.rope.scaling.type") ?? "none";
        if (scaling is not ("none" or "linear"))
        {
            throw ModelFormatException.Unsupported(
                file.Path, $"positions are scaled by '{scaling}', which this engine does not compute.", "It computes 'none' and 'linear', and Llama 3's factors.");
        }

        // Llama 3's scaling has no key; its factors come as a tensor.
        const string Factors = "rope_freqs.weight";
        float[] factors = [];
        if (source.Has(Factors))
        {
            factors = source.Floats(Factors, size / 2).Floats.ToArray();
        }

        return new RotaryConfig
        {
            FrequencyBase = data.GetFloat($"{prefix}.rope.freq_base", 10_000f),
            Size = size,
            ScalingFactor = scaling == "linear" ? data.GetFloat($"{prefix}.rope.scaling.factor", 1f) : 1f,
            FrequencyFactors = factors,
        };
    }
}
