using Ratchet.Engine.Kernels;

namespace Ratchet.Engine.Models;

/// <summary>Sizes and switches of a model, as its file states them.</summary>
public sealed record ModelConfig
{
    /// <summary>The family: GGUF's general.architecture or Hugging Face's model_type, "llama", "qwen2", "bert".</summary>
    public required string Architecture { get; init; }

    /// <summary>Tokens that the model knows.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Numbers a token between layers.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Numbers a token inside the feed-forward layer.</summary>
    public required int FeedForwardSize { get; init; }

    /// <summary>Blocks.</summary>
    public required int LayerCount { get; init; }

    /// <summary>Query heads of a block.</summary>
    public required int HeadCount { get; init; }

    /// <summary>Key and value heads of a block; divides <see cref="HeadCount"/>.</summary>
    public required int KeyValueHeadCount { get; init; }

    /// <summary>Numbers a head.</summary>
    public required int HeadSize { get; init; }

    /// <summary>Positions that the model was made for.</summary>
    public required int ContextLength { get; init; }

    /// <summary>ε of the norms.</summary>
    public required float NormEpsilon { get; init; }

    /// <summary>Rotary positions; null where positions have embeddings of their own (bert).</summary>
    public RotaryConfig? Rotary { get; init; }

    /// <summary>Whether the output head is the token embedding.</summary>
    public bool TiedEmbeddings { get; init; }

    /// <summary>The curve of the feed-forward layer.</summary>
    public Activation Activation { get; init; }

    /// <summary>Whether the curve gates a second product; else the layer is down · f(up · x).</summary>
    public bool IsGated { get; init; } = true;

    /// <summary>Whether attention and feed-forward layer read the same normalised input and both add to it (Phi).</summary>
    public bool IsParallel { get; init; }

    /// <summary>Added to every gain of an RMS norm: 1 for Gemma's files.</summary>
    public float NormOffset { get; init; }

    /// <summary>Factor on token embeddings: the root of the hidden size for Gemma.</summary>
    public float EmbeddingScale { get; init; } = 1f;

    /// <summary>Factor on attention scores; null for one over the root of the head's size.</summary>
    public float? AttentionScale { get; init; }

    /// <summary>Bound of attention scores; 0 for none. See <see cref="SoftCapKernel"/>.</summary>
    public float AttentionCap { get; init; }

    /// <summary>Bound of logits; 0 for none.</summary>
    public float LogitCap { get; init; }

    /// <summary>Keys that a query of each layer sees at most, 0 for all before it; empty where no layer slides.</summary>
    public IReadOnlyList<int> Windows { get; init; } = [];

    /// <summary>Numbers a token of all query heads.</summary>
    public int QuerySize => HeadCount * HeadSize;

    /// <summary>Numbers a token of all key (or value) heads.</summary>
    public int KeyValueSize => KeyValueHeadCount * HeadSize;

    /// <summary>Heads, scale, cap and window of a layer's attention.</summary>
    /// <param name="layer">From 0.</param>
    public AttentionShape AttentionShape(int layer) => new(HeadCount, KeyValueHeadCount, HeadSize, IsCausal: true)
    {
        Scale = AttentionScale ?? (1f / MathF.Sqrt(HeadSize)),
        Cap = AttentionCap,
        Window = Windows.Count == 0 ? 0 : Windows[layer],
    };

    /// <summary>Returns this config, or throws naming every value that is out of range.</summary>
    /// <param name="path">The file that states it, for the message.</param>
    /// <exception cref="ModelFormatException">At least one value is out of range.</exception>
    public ModelConfig Validated(string path)
    {
        var faults = new List<string>();
        Check(VocabularySize is >= 1 and <= 1 << 24, $"the vocabulary has {VocabularySize} tokens, needed are 1 to {1 << 24}");
        Check(HiddenSize is >= 1 and <= 1 << 17, $"the hidden size is {HiddenSize}, needed is 1 to {1 << 17}");
        Check(FeedForwardSize is >= 1 and <= 1 << 20, $"the feed-forward size is {FeedForwardSize}, needed is 1 to {1 << 20}");
        Check(LayerCount is >= 1 and <= 1024, $"the block count is {LayerCount}, needed is 1 to 1,024");
        Check(HeadCount is >= 1 and <= 1024, $"the head count is {HeadCount}, needed is 1 to 1,024");
        Check(
            KeyValueHeadCount >= 1 && HeadCount % Math.Max(1, KeyValueHeadCount) == 0,
            $"{KeyValueHeadCount} key/value heads do not divide {HeadCount} heads");
        Check(HeadSize is >= 1 and <= 512, $"the head size is {HeadSize}, needed is 1 to 512");
        Check(ContextLength is >= 1 and <= 1 << 24, $"the context length is {ContextLength}, needed is 1 to {1 << 24}");
        Check(NormEpsilon is > 0 and < 1, $"the norm's epsilon is {NormEpsilon}, needed is a number between 0 and 1");
        Check(EmbeddingScale > 0 && float.IsFinite(EmbeddingScale), $"the factor on embeddings is {EmbeddingScale}, needed is a number above 0");
        Check(AttentionScale is null || (AttentionScale > 0 && float.IsFinite(AttentionScale.Value)), $"the factor on scores is {AttentionScale}, needed is a number above 0");
        Check(AttentionCap >= 0 && float.IsFinite(AttentionCap), $"the bound of scores is {AttentionCap}, needed is a number from 0");
        Check(LogitCap >= 0 && float.IsFinite(LogitCap), $"the bound of logits is {LogitCap}, needed is a number from 0");
        Check(
            Windows.Count == 0 || (Windows.Count == LayerCount && Windows.All(w => w >= 0)),
            $"{Windows.Count} sliding windows are given, needed are {LayerCount} numbers from 0");
        if (Rotary is { } rotary)
        {
            Check(rotary.Size >= 2 && rotary.Size <= HeadSize && rotary.Size % 2 == 0, $"rotary turns {rotary.Size} of {HeadSize} numbers a head, needed is an even part");
            Check(rotary.FrequencyBase > 1 && float.IsFinite(rotary.FrequencyBase), $"the rotary base is {rotary.FrequencyBase}, needed is a number above 1");
            Check(rotary.Magnitude > 0 && float.IsFinite(rotary.Magnitude), $"the rotary magnitude is {rotary.Magnitude}, needed is a number above 0");
            Check(rotary.ScalingFactor > 0 && float.IsFinite(rotary.ScalingFactor), $"the rotary scaling factor is {rotary.ScalingFactor}, needed is a number above 0");
            Check(
                rotary.FrequencyFactors.Count == 0 || (rotary.FrequencyFactors.Count == rotary.Size / 2 && rotary.FrequencyFactors.All(f => f > 0 && float.IsFinite(f))),
                $"{rotary.FrequencyFactors.Count} rotary frequency factors are given, needed are {rotary.Size / 2} numbers above 0");
        }

        return faults.Count == 0 ? this : throw ModelFormatException.BadConfig(path, faults);

        void Check(bool holds, string fault)
        {
            if (!holds)
            {
                faults.Add(fault);
            }
        }
    }
}
