using Ratchet.Engine.Formats.HuggingFace;
using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models.Families;

namespace Ratchet.Engine.Models;

/// <summary>Reads a decoder's config.json, as transformers 5 and the versions before it write it.</summary>
/// <remarks>Keys that change nothing are ignored. Keys that would change the result and are not computed here are refused by name.</remarks>
internal static class FolderConfig
{
    public const string FileName = "config.json";

    // Each changes what a model computes; beside it, what it may be without doing so.
    private static readonly (string Key, string[] Harmless)[] Refused =
    [
        ("add_cross_attention", ["false"]), ("alibi", ["false"]), ("attention_multiplier", []), ("embedding_multiplier", ["1", "1.0"]),
        ("is_encoder_decoder", ["false"]), ("logit_scale", ["1", "1.0"]), ("logits_scaling", ["1", "1.0"]), ("n_routed_experts", ["0"]),
        ("no_rope_layers", ["[]"]), ("num_experts", ["0"]), ("num_local_experts", ["0", "1"]), ("qk_layernorm", ["false"]),
        ("residual_multiplier", ["1", "1.0"]), ("scale_attn_by_inverse_layer_idx", ["false"]), ("scale_attn_weights", ["true"]),
        ("use_bidirectional_attention", ["false"]), ("use_mrope", ["false"]), ("use_parallel_residual", ["false"]), ("use_qk_norm", ["false"]),
    ];

    // Above these a file is damaged, and lists of their length would be made before the other sizes are looked at.
    private const int LayersMax = 1024;
    private const int HeadSizeMax = 512;

    private static readonly string[] CapKeys = ["attn_logit_softcapping", "final_logit_softcapping", "query_pre_attn_scalar"];

    /// <summary>The family of a folder.</summary>
    /// <exception cref="ModelFormatException">It is of none that runs.</exception>
    public static DecoderFamily FamilyOf(JsonSettings settings)
    {
        string type = settings.Text("model_type") ?? "(not given)";
        return DecoderFamily.All.FirstOrDefault(f => f.ModelType == type)
            ?? throw ModelFormatException.UnknownArchitecture(
                settings.Path, type, string.Join(", ", DecoderFamily.All.Select(f => $"'{f.ModelType}'")));
    }

    /// <summary>Sizes and switches.</summary>
    /// <exception cref="SettingsFormatException">A value is missing, of the wrong kind, or not computed here.</exception>
    /// <exception cref="ModelFormatException">Sizes contradict each other.</exception>
    public static ModelConfig Read(JsonSettings settings, DecoderFamily family)
    {
        RefuseWhatIsNotComputed(settings, family);
        ConfigKeys keys = family.Keys;
        int hidden = settings.Integer(keys.HiddenSize);
        int heads = settings.Integer(keys.HeadCount);
        int layers = settings.Integer(keys.LayerCount, most: LayersMax);
        int headSize = settings.Integer(keys.HeadSize, family.HeadSize > 0 ? family.HeadSize : Math.Max(1, hidden / heads), most: HeadSizeMax);
        int context = settings.Integer(keys.ContextLength);
        SoftCaps? caps = family.Caps;
        return new ModelConfig
        {
            Architecture = family.ModelType,
            VocabularySize = settings.Integer("vocab_size"),
            HiddenSize = hidden,
            FeedForwardSize = settings.Integer(keys.FeedForwardSize, family.IsGated ? null : 4 * hidden),
            LayerCount = layers,
            HeadCount = heads,
            KeyValueHeadCount = settings.Integer(keys.KeyValueHeadCount, heads),
            HeadSize = headSize,
            ContextLength = context,
            NormEpsilon = (float)settings.Number(keys.NormEpsilon),
            TiedEmbeddings = settings.Flag("tie_word_embeddings", family.IsTied),
            Rotary = family.HasPositionEmbeddings ? null : RotarySettings.Read(settings, headSize, context, family.RotaryShare),
            Activation = ReadActivation(settings, keys.Activation, family.Activation),
            IsGated = family.IsGated,
            IsParallel = family.IsParallel,
            NormOffset = family.NormOffset,
            EmbeddingScale = family.ScalesEmbeddings ? (float)Math.Sqrt(hidden) : 1f,
            AttentionScale = caps is null ? null : (float)(1 / Math.Sqrt(settings.Number(CapKeys[2], caps.QueryScalar))),
            AttentionCap = caps is null ? 0f : Cap(settings, CapKeys[0], caps.Attention),
            LogitCap = caps is null ? 0f : Cap(settings, CapKeys[1], caps.Logits),
            Windows = ReadWindows(settings, family, layers),
        }.Validated(settings.Path);
    }

    /// <summary>The curve of a feed-forward layer.</summary>
    /// <exception cref="SettingsFormatException">It is none of those that are computed.</exception>
    public static Activation ReadActivation(JsonSettings settings, string key, Activation missing) => settings.Text(key) switch
    {
        null => missing,
        "silu" or "swish" => Activation.Silu,
        "gelu" => Activation.Gelu,
        "gelu_new" or "gelu_pytorch_tanh" or "gelu_fast" => Activation.GeluTanh,
        _ => throw settings.Unsupported(key, "silu, gelu, gelu_new or gelu_pytorch_tanh"),
    };

    /// <summary>Refuses settings whose value is not one of those that change nothing.</summary>
    public static void Refuse(JsonSettings settings, string key, params ReadOnlySpan<string> harmless)
    {
        if (settings.Raw(key) is { } found && !harmless.Contains(found))
        {
            throw settings.Unsupported(key, harmless.Length == 0 ? "a model that lacks it" : string.Join(" or ", harmless.ToArray()));
        }
    }

    private static void RefuseWhatIsNotComputed(JsonSettings settings, DecoderFamily family)
    {
        foreach ((string key, string[] harmless) in Refused)
        {
            Refuse(settings, key, harmless);
        }

        if (family.Caps is null)
        {
            foreach (string key in CapKeys)
            {
                Refuse(settings, key);
            }
        }
    }

    // A bound that is there and null is off; one that is missing is the family's.
    private static float Cap(JsonSettings settings, string key, double missing)
        => settings.Has(key) ? (float)settings.Number(key) : settings.Keys.Contains(key) ? 0f : (float)missing;

    private static int[] ReadWindows(JsonSettings settings, DecoderFamily family, int layers)
    {
        IReadOnlyList<string> types = settings.Texts("layer_types");
        if (types.Any(t => t is not ("full_attention" or "sliding_attention"))
            || (family.Sliding == SlidingLayers.None && types.Contains("sliding_attention")))
        {
            throw settings.Unsupported("layer_types", family.Sliding == SlidingLayers.None ? "full_attention" : "full_attention or sliding_attention");
        }

        bool slides = family.Sliding switch
        {
            SlidingLayers.None => false,
            SlidingLayers.Late => settings.Flag("use_sliding_window", false),
            _ => true,
        };
        if (!slides || !settings.Has("sliding_window"))
        {
            return [];
        }

        if (types.Count != 0 && types.Count != layers)
        {
            throw settings.Unsupported("layer_types", $"an entry for each of {layers} layers");
        }

        int window = settings.Integer("sliding_window");
        int firstLate = family.Sliding == SlidingLayers.Late ? settings.Integer("max_window_layers", 28, least: 0) : 0;
        return [.. Enumerable.Range(0, layers).Select(layer => Slides(layer) ? window : 0)];

        bool Slides(int layer) => types.Count != 0 ? types[layer] == "sliding_attention" : family.Sliding switch
        {
            SlidingLayers.Even => layer % 2 == 0,
            SlidingLayers.Late => layer >= firstLate,
            _ => true,
        };
    }
}
