namespace Ratchet.Engine.Models;

/// <summary>Sizes and switches of a model, as its file states them.</summary>
public sealed record ModelConfig
{
    /// <summary>GGUF's general.architecture: "llama", "qwen2", "bert".</summary>
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

    /// <summary>Numbers a token of all query heads.</summary>
    public int QuerySize => HeadCount * HeadSize;

    /// <summary>Numbers a token of all key (or value) heads.</summary>
    public int KeyValueSize => KeyValueHeadCount * HeadSize;

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
        if (Rotary is { } rotary)
        {
            Check(rotary.Size >= 2 && rotary.Size <= HeadSize && rotary.Size % 2 == 0, $"rotary turns {rotary.Size} of {HeadSize} numbers a head, needed is an even part");
            Check(rotary.FrequencyBase > 1 && float.IsFinite(rotary.FrequencyBase), $"the rotary base is {rotary.FrequencyBase}, needed is a number above 1");
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
