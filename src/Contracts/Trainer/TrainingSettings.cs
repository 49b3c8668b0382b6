namespace Ratchet.Contracts.Trainer;

/// <summary>The <c>x_ratchet</c> of a fine-tuning job. What is null is chosen by the service and said in an event.</summary>
public sealed record TrainingSettings
{
    /// <summary>
    /// lora: an adapter. qlora: an adapter on a base of few bits, which is the base's own blocks or, where it has none, NF4.
    /// full: every weight of the base; freeze: its last blocks: what comes out is a model and no adapter.
    /// </summary>
    public string? Tuning { get; init; }

    /// <summary>Blocks from the end that learn, with tuning freeze.</summary>
    public int? TrainableLayers { get; init; }

    /// <summary>supervised, or dpo: pairs of which one answer is preferred. Says the same as the job's method.type.</summary>
    public string? Objective { get; init; }

    /// <summary>How strongly DPO holds the model to its base.</summary>
    public double? Beta { get; init; }

    /// <summary>What the base's linear weights become for training: none (as stored), nf4 or fp4.</summary>
    public string? Quantization { get; init; }

    /// <summary>Whether the scales of nf4 and fp4 are quantised too; they are unless this is false.</summary>
    public bool? DoubleQuantization { get; init; }

    public int? Rank { get; init; }

    public double? Alpha { get; init; }

    public double? Dropout { get; init; }

    /// <summary>Names of linear layers; <c>["all-linear"]</c> for all.</summary>
    public IReadOnlyList<string>? TargetModules { get; init; }

    public bool? Rslora { get; init; }

    /// <summary>Learns the length of each weight row beside its direction.</summary>
    public bool? Dora { get; init; }

    /// <summary>How many times faster B learns than A (LoRA+); 1 is off.</summary>
    public double? LoraPlusRatio { get; init; }

    /// <summary>How an adapter begins: "default" changes nothing, "pissa" with the principal part of the weights.</summary>
    public string? Init { get; init; }

    /// <summary>Ranks of layers whose name ends so, or is matched by the regular expression, in place of <see cref="Rank"/>.</summary>
    public IReadOnlyDictionary<string, int>? RankPattern { get; init; }

    /// <summary>The same for <see cref="Alpha"/>.</summary>
    public IReadOnlyDictionary<string, double>? AlphaPattern { get; init; }

    /// <summary>Blocks that are adapted, from 0; all where there are none.</summary>
    public IReadOnlyList<int>? LayersToTransform { get; init; }

    /// <summary>Modules that the adapter has whole: the head, the token embedding, by PEFT's names.</summary>
    public IReadOnlyList<string>? ModulesToSave { get; init; }

    /// <summary>Share of each target that is spread over the vocabulary.</summary>
    public double? LabelSmoothing { get; init; }

    public double? LearningRate { get; init; }

    /// <summary>cosine, cosine_with_restarts, linear or constant.</summary>
    public string? Schedule { get; init; }

    /// <summary>Falls of cosine_with_restarts.</summary>
    public int? Restarts { get; init; }

    public int? WarmupSteps { get; init; }

    public double? WarmupRatio { get; init; }

    /// <summary>Samples of one optimiser step in one pass.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Passes whose gradients are summed before a step.</summary>
    public int? GradientAccumulation { get; init; }

    public double? Epochs { get; init; }

    /// <summary>Wins over epochs.</summary>
    public int? MaxSteps { get; init; }

    /// <summary>Steps end before this many tokens were seen; what epochs ask for beyond it is cut.</summary>
    public int? MaxTokens { get; init; }

    public int? MaxLength { get; init; }

    public bool? Packing { get; init; }

    /// <summary>Whether what examples of a step begin with is computed once for all of them; it is unless this is false.</summary>
    public bool? PrefixSharing { get; init; }

    /// <summary>completion, last or all.</summary>
    public string? LossOn { get; init; }

    public double? WeightDecay { get; init; }

    public double? GradientClip { get; init; }

    public int? Seed { get; init; }

    public int? SaveEverySteps { get; init; }

    public int? EvalEverySteps { get; init; }

    public int? LogEverySteps { get; init; }

    /// <summary>Checkpoints that are kept; the best and the last are, whatever the number.</summary>
    public int? KeepCheckpoints { get; init; }

    /// <summary>Whether the step with the lowest validation loss is published in place of the last one.</summary>
    public bool? LoadBest { get; init; }

    /// <summary>Validations without a lower loss after which training ends.</summary>
    public int? EarlyStoppingPatience { get; init; }

    /// <summary>By how much a validation loss must be lower to count for <see cref="EarlyStoppingPatience"/>.</summary>
    public double? EarlyStoppingMinDelta { get; init; }

    /// <summary>none: biases are not trained.</summary>
    public string? Bias { get; init; }

    /// <summary>Share of general and earlier examples among all, in [0, 0.9].</summary>
    public double? ReplayShare { get; init; }
}
