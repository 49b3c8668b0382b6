using Ratchet.Engine.Models.Families;
using Ratchet.Engine.Tensors;

namespace Ratchet.Engine.Models;

/// <summary>The keys that a GGUF file states a decoder's sizes and switches with; <see cref="GgufConfig"/> reads them.</summary>
internal static class GgufKeys
{
    private const int QuantizationVersion = 2;

    /// <summary>All but the tokenizer's.</summary>
    /// <param name="config">The model's.</param>
    /// <param name="family">Its family.</param>
    /// <param name="name">general.name.</param>
    /// <param name="type">What most tensors are stored as.</param>
    /// <exception cref="ModelExportException">No key can tell what the model computes.</exception>
    public static List<KeyValuePair<string, object>> Of(ModelConfig config, DecoderFamily family, string name, ElementType type)
    {
        RefuseWhatNoKeyTells(config, family);
        string prefix = family.WrittenAs!;
        var keys = new List<KeyValuePair<string, object>>
        {
            new("general.architecture", prefix),
            new("general.type", "model"),
            new("general.name", name),
        };
        Add("context_length", (uint)config.ContextLength);
        Add("embedding_length", (uint)config.HiddenSize);
        Add("block_count", (uint)config.LayerCount);
        Add("feed_forward_length", (uint)config.FeedForwardSize);
        Add("vocab_size", (uint)config.VocabularySize);
        Add("attention.head_count", (uint)config.HeadCount);
        Add("attention.head_count_kv", (uint)config.KeyValueHeadCount);
        Add("attention.key_length", (uint)config.HeadSize);
        Add("attention.value_length", (uint)config.HeadSize);
        Add(GgufConfig.NormKey(family), config.NormEpsilon);
        AddRotary(config.Rotary, Add);
        if (config.AttentionScale is { } scale && scale != 1f / MathF.Sqrt(config.HeadSize))
        {
            Add("attention.scale", scale);
        }

        if (family.Caps is not null)
        {
            Add("attn_logit_softcapping", config.AttentionCap);
            Add("final_logit_softcapping", config.LogitCap);
        }

        if (config.Windows.Any(w => w > 0))
        {
            Add("attention.sliding_window", (uint)config.Windows.Max());
            if (config.Windows.Any(w => w == 0) && family.Sliding != SlidingLayers.Even)
            {
                Add("attention.sliding_window_pattern", config.Windows.Select(w => w > 0).ToArray());
            }
        }

        keys.Add(new("general.file_type", FileType(type)));
        if (type.BlockSize() > 1)
        {
            keys.Add(new("general.quantization_version", (uint)QuantizationVersion));
        }

        return keys;

        void Add(string key, object value) => keys.Add(new($"{prefix}.{key}", value));
    }

    private static void AddRotary(RotaryConfig? rotary, Action<string, object> add)
    {
        if (rotary is null)
        {
            return;
        }

        add("rope.dimension_count", (uint)rotary.Size);
        add("rope.freq_base", rotary.FrequencyBase);
        if (rotary.ScalingFactor != 1f)
        {
            add("rope.scaling.type", "linear");
            add("rope.scaling.factor", rotary.ScalingFactor);
        }

        if (rotary.Magnitude != 1f)
        {
            add("rope.scaling.attn_factor", rotary.Magnitude);
        }
    }

    private static void RefuseWhatNoKeyTells(ModelConfig config, DecoderFamily family)
    {
        if (config.Activation != family.Activation)
        {
            throw new ModelExportException(
                $"The feed-forward layers compute {config.Activation}; GGUF's {family.WrittenAs} has no key for it and readers compute {family.Activation}. "
                + "Export merged safetensors.");
        }

        if (config.Rotary is { FrequencyFactors.Count: > 0 } && family.WrittenAs != "llama")
        {
            throw new ModelExportException(
                $"Rotary frequencies are scaled one by one; GGUF's {family.WrittenAs} has no tensor for the divisors (llama has). Export merged safetensors.");
        }

        if (family.Sliding == SlidingLayers.Even && config.Windows.Where((window, layer) => window > 0 != (layer % 2 == 0)).Any() && config.Windows.Any(w => w > 0))
        {
            throw new ModelExportException(
                $"The window slides in other layers than 0, 2, 4 ..., which is what readers of GGUF's {family.WrittenAs} assume. Export merged safetensors.");
        }
    }

    // Numbers of llama.cpp's enum llama_ftype.
    private static uint FileType(ElementType type) => type switch
    {
        ElementType.F32 => 0,
        ElementType.F16 => 1,
        ElementType.Q4_0 => 2,
        ElementType.Q4_1 => 3,
        ElementType.Q8_0 => 7,
        ElementType.Q5_0 => 8,
        ElementType.Q5_1 => 9,
        ElementType.Q4_K => 14,
        ElementType.Q6_K => 18,
        ElementType.BF16 => 32,
        _ => throw new ModelExportException($"{type} is read, not written. Choose F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q4_K or Q6_K."),
    };
}
