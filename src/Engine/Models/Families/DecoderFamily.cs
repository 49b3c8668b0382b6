using Ratchet.Engine.Kernels;

namespace Ratchet.Engine.Models.Families;

/// <summary>How a family of decoders differs from Llama: names and switches, no mathematics.</summary>
/// <remarks>docs/learn/add-a-model-family.md goes through the steps.</remarks>
internal sealed record DecoderFamily
{
    /// <summary>The families that run.</summary>
    public static readonly IReadOnlyList<DecoderFamily> All =
    [
        Llama.Family, Mistral.Family, Qwen2.Family, Qwen3.Family, Phi.Family, Phi3.Family, Gemma2.Family, Gpt2.Family,
    ];

    /// <summary>The family of a model.</summary>
    /// <param name="architecture">Its <see cref="ModelConfig.Architecture"/>, by either name.</param>
    public static DecoderFamily Of(string architecture)
        => All.FirstOrDefault(f => f.ModelType == architecture) ?? All.First(f => f.Architecture == architecture);

    /// <summary>config.json's model_type.</summary>
    public required string ModelType { get; init; }

    /// <summary>GGUF's general.architecture, also the prefix of its keys; null where its GGUF files are not read.</summary>
    public string? Architecture { get; init; }

    /// <summary>What its GGUF files call themselves; another family's word where that one reads them.</summary>
    public string? WrittenAs
    {
        get => field ?? Architecture;
        init;
    }

    /// <summary>Names in Hugging Face folders, which are PEFT's too.</summary>
    public BlockNames Names { get; init; } = BlockNames.HuggingFace;

    /// <summary>Names in GGUF files.</summary>
    public BlockNames GgufNames { get; init; } = BlockNames.Gguf;

    /// <summary>Names outside the blocks in Hugging Face folders.</summary>
    public DecoderPartNames PartNames { get; init; } = new();

    /// <summary>Names of sizes in config.json.</summary>
    public ConfigKeys Keys { get; init; } = new();

    /// <summary>Whether the rows of query and key stand in rotary pairs in GGUF files and must be put apart at load.</summary>
    public bool InterleavedRotary { get; init; }

    /// <summary>Whether query, key and value have biases.</summary>
    public bool QueryKeyValueBias { get; init; }

    /// <summary>Whether the layer after attention has a bias.</summary>
    public bool AttentionOutputBias { get; init; }

    /// <summary>Whether the feed-forward layers have biases.</summary>
    public bool FeedForwardBias { get; init; }

    /// <summary>Whether the head has a bias.</summary>
    public bool HeadBias { get; init; }

    /// <summary>Whether norms take the mean off and have biases (layer norm); else RMS norms.</summary>
    public bool HasLayerNorms { get; init; }

    /// <summary>Whether each head of queries and keys is normalised before it is turned.</summary>
    public bool HasQueryKeyNorms { get; init; }

    /// <summary>Whether what attention and feed-forward layer give is normalised before it is added.</summary>
    public bool HasPostNorms { get; init; }

    /// <summary>Whether attention and feed-forward layer read the same input.</summary>
    public bool IsParallel { get; init; }

    /// <summary>Whether the feed-forward layer has a gate.</summary>
    public bool IsGated { get; init; } = true;

    /// <summary>Added to the gains of norms as Hugging Face's files hold them. GGUF's hold the sum.</summary>
    public float NormOffset { get; init; }

    /// <summary>Whether linear layers are stored as [inputs, outputs] in Hugging Face folders.</summary>
    public bool HasTransposedLinears { get; init; }

    /// <summary>Whether positions have embeddings of their own; else they turn queries and keys.</summary>
    public bool HasPositionEmbeddings { get; init; }

    /// <summary>Whether token embeddings are multiplied by the root of the hidden size.</summary>
    public bool ScalesEmbeddings { get; init; }

    /// <summary>Whether the head is the token embedding where config.json does not say.</summary>
    public bool IsTied { get; init; }

    /// <summary>The curve where config.json does not say.</summary>
    public Activation Activation { get; init; } = Activation.Silu;

    /// <summary>Where sliding_window counts.</summary>
    public SlidingLayers Sliding { get; init; }

    /// <summary>The share of a head that is turned where config.json does not say.</summary>
    public double RotaryShare { get; init; } = 1;

    /// <summary>A head's size where config.json does not say; 0 for hidden size by heads.</summary>
    public int HeadSize { get; init; }

    /// <summary>Whether scores and logits are bounded and scores have a factor of their own; with what config.json need not say.</summary>
    public SoftCaps? Caps { get; init; }
}
