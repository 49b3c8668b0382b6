using Ratchet.Engine.Formats.Gguf;
using Ratchet.Engine.Models.Families;

namespace Ratchet.Engine.Models;

/// <summary>A decoder's sizes and switches in the keys of a GGUF file.</summary>
/// <remarks>Key names: ggml's docs/gguf.md and gguf's constants. Keys that change what a model computes and are not computed here are refused by name.</remarks>
internal static class GgufConfig
{
    /// <summary>Divisors of the rotary frequencies; Llama 3's scaling has no key.</summary>
    public const string FrequencyFactors = "rope_freqs.weight";

    // Above these a file is damaged, and lists of their length would be made before the other sizes are looked at.
    private const int LayersMax = 1024;
    private const int HeadSizeMax = 512;

    // Gemma 2 of 27B divides scores by the root of hidden size by heads; no key tells of it, and readers know it by its blocks.
    private const int LargeGemmaLayers = 46;

    private static readonly (string Key, float[] Harmless)[] Refused =
    [
        ("expert_count", [0]), ("logit_scale", [0, 1]), ("residual_scale", [0, 1]), ("embedding_scale", [0, 1]),
        ("attention.clamp_kqv", [0]), ("attention.max_alibi_bias", [0]), ("attention.temperature_scale", [0]),
    ];

    /// <summary>Reads them.</summary>
    /// <exception cref="GgufFormatException">A key is missing or of the wrong type.</exception>
    /// <exception cref="ModelFormatException">A key says what is not computed here.</exception>
    public static ModelConfig Read(GgufFile file, DecoderFamily family, TensorSource source)
    {
        GgufMetadata data = file.Metadata;
        string prefix = family.Architecture!;
        RefuseWhatIsNotComputed(file, prefix);
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
        int layers = data.GetInt32($"{prefix}.block_count");
        SoftCaps? caps = family.Caps;
        return new ModelConfig
        {
            Architecture = prefix,
            VocabularySize = vocabulary,
            HiddenSize = hidden,
            FeedForwardSize = data.GetInt32($"{prefix}.feed_forward_length"),
            LayerCount = layers,
            HeadCount = heads,
            KeyValueHeadCount = data.GetInt32($"{prefix}.attention.head_count_kv", heads),
            HeadSize = headSize,
            ContextLength = data.GetInt32($"{prefix}.context_length"),
            NormEpsilon = data.GetFloat($"{prefix}.{NormKey(family)}"),
            TiedEmbeddings = !source.Has("output.weight"),
            Rotary = family.HasPositionEmbeddings ? null : ReadRotary(file, prefix, headSize, source),
            Activation = family.Activation,
            IsGated = family.IsGated,
            IsParallel = family.IsParallel,
            EmbeddingScale = family.ScalesEmbeddings ? (float)Math.Sqrt(hidden) : 1f,
            AttentionScale = ReadScale(data, prefix, family, layers, hidden, heads),
            AttentionCap = caps is null ? 0f : data.GetFloat($"{prefix}.attn_logit_softcapping", (float)caps.Attention),
            LogitCap = caps is null ? 0f : data.GetFloat($"{prefix}.final_logit_softcapping", (float)caps.Logits),
            Windows = ReadWindows(file, prefix, family, layers),
        };
    }

    /// <summary>The key of the norms' ε.</summary>
    public static string NormKey(DecoderFamily family)
        => family.HasLayerNorms ? "attention.layer_norm_epsilon" : "attention.layer_norm_rms_epsilon";

    private static void RefuseWhatIsNotComputed(GgufFile file, string prefix)
    {
        foreach ((string key, float[] harmless) in Refused)
        {
            string name = $"{prefix}.{key}";
            if (file.Metadata.Contains(name) && !harmless.Contains(Number(file.Metadata, name)))
            {
                throw ModelFormatException.Unsupported(
                    file.Path, $"the key '{name}' is {Number(file.Metadata, name)}, which this engine does not compute.", "Choose a model that lacks it.");
            }
        }

        if (!file.Metadata.GetBool($"{prefix}.attention.causal", true))
        {
            throw ModelFormatException.Unsupported(file.Path, "its attention looks ahead (attention.causal is false).", "Choose a causal language model.");
        }
    }

    // Counts are whole numbers, scales are not.
    private static float Number(GgufMetadata data, string key)
    {
        object value = data.First(entry => entry.Key == key).Value;
        return value is float or double ? data.GetFloat(key) : data.GetInt32(key);
    }

    private static float? ReadScale(GgufMetadata data, string prefix, DecoderFamily family, int layers, int hidden, int heads)
    {
        float stated = data.GetFloat($"{prefix}.attention.scale", 0f);
        return stated > 0f ? stated
            : family.Caps is not null && layers == LargeGemmaLayers ? (float)(1 / Math.Sqrt((double)hidden / Math.Max(1, heads)))
            : null;
    }

    private static int[] ReadWindows(GgufFile file, string prefix, DecoderFamily family, int layers)
    {
        GgufMetadata data = file.Metadata;
        string key = $"{prefix}.attention.sliding_window";
        int window = data.GetInt32(key, 0);
        if (window == 0 || layers > LayersMax)
        {
            return [];
        }

        bool[]? pattern = data.FindBools($"{key}_pattern");
        if (pattern is not null && pattern.Length != layers)
        {
            throw ModelFormatException.Unsupported(
                file.Path, $"the key '{key}_pattern' has {pattern.Length} entries for {layers} blocks.", "Convert the model again with a current converter.");
        }

        if (pattern is null && family.Sliding == SlidingLayers.Late)
        {
            throw ModelFormatException.Unsupported(
                file.Path, $"the key '{key}' is {window}, and no '{key}_pattern' says in which blocks.", "Convert the model without its window.");
        }

        return [.. Enumerable.Range(0, layers).Select(layer => Slides(layer) ? window : 0)];

        bool Slides(int layer) => pattern?[layer] ?? (family.Sliding != SlidingLayers.Even || layer % 2 == 0);
    }

    private static RotaryConfig ReadRotary(GgufFile file, string prefix, int headSize, TensorSource source)
    {
        GgufMetadata data = file.Metadata;
        int size = data.GetInt32($"{prefix}.rope.dimension_count", headSize);
        float frequencyBase = data.GetFloat($"{prefix}.rope.freq_base", 10_000f);
        var plain = new RotaryConfig
        {
            FrequencyBase = frequencyBase,
            Size = size,
            Magnitude = data.GetFloat($"{prefix}.rope.scaling.attn_factor", 1f),
        };
        if (size is < 2 or > HeadSizeMax)
        {
            return plain;
        }

        // Llama 3's scaling has no key; its factors come as a tensor.
        if (source.Has(FrequencyFactors))
        {
            plain = plain with { FrequencyFactors = source.Floats(FrequencyFactors, size / 2).Floats.ToArray() };
        }

        string type = data.FindString($"{prefix}.rope.scaling.type") ?? "none";
        float factor = data.GetFloat($"{prefix}.rope.scaling.factor", data.GetFloat($"{prefix}.rope.scale_linear", 1f));
        if (type == "yarn" && plain.FrequencyFactors.Count == 0 && factor >= 1f)
        {
            return plain with
            {
                Magnitude = plain.Magnitude * (float)RotaryScaling.YarnMagnitude(factor),
                FrequencyFactors = RotaryScaling.Yarn(
                    frequencyBase, size, factor, data.GetFloat($"{prefix}.rope.scaling.yarn_beta_fast", 32f),
                    data.GetFloat($"{prefix}.rope.scaling.yarn_beta_slow", 1f),
                    data.GetInt32($"{prefix}.rope.scaling.original_context_length", data.GetInt32($"{prefix}.context_length"))),
            };
        }

        return type is "none" or "linear"
            ? plain with { ScalingFactor = type == "linear" || data.Contains($"{prefix}.rope.scale_linear") ? factor : 1f }
            : throw ModelFormatException.Unsupported(
                file.Path, $"positions are scaled by '{type}', which this engine does not compute.",
                "It computes 'none', 'linear' and 'yarn', and Llama 3's factors.");
    }
}
