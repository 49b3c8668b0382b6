using Ratchet.Engine.Kernels;
using Ratchet.Engine.Models;

namespace Ratchet.Engine.Training;

/// <summary>How a fine-tuning run goes through its samples.</summary>
public sealed record TrainingConfig
{
    /// <summary>Samples that go through the model together, as far as <see cref="TokensPerPass"/> lets them.</summary>
    public int SequencesPerBatch { get; init; } = 8;

    /// <summary>Batches whose gradients make one step. The loss is the mean over the targets of the whole step.</summary>
    public int BatchesPerStep { get; init; } = 1;

    /// <summary>Times that every sample is seen.</summary>
    public int Epochs { get; init; } = 1;

    /// <summary>Ends the run after so many steps; null for as many as the epochs have.</summary>
    public int? StepsMax { get; init; }

    /// <summary>Tokens of one pass: samples are packed into rows of so many. A longer sample goes alone.</summary>
    public int TokensPerPass { get; init; } = 512;

    /// <summary>
    /// Whether tokens that samples of a batch begin with are computed once for all of them, and what stands after a sample's last target
    /// not at all: the same losses and, but for the order of sums, the same gradients. With dropout nothing is shared.
    /// </summary>
    public bool PrefixSharing { get; init; } = true;

    /// <summary>Gradients whose common norm is larger are scaled down to it.</summary>
    public float GradientNormMax { get; init; } = 1f;

    /// <summary>The optimiser.</summary>
    public AdamWConfig Optimizer { get; init; } = new();

    /// <summary>How the learning rate goes on after warm-up.</summary>
    public ScheduleShape Schedule { get; init; } = ScheduleShape.Cosine;

    /// <summary>Steps over which the learning rate rises from 0.</summary>
    public int WarmupSteps { get; init; }

    /// <summary>Share of the run's steps over which the rate rises, where <see cref="WarmupSteps"/> is 0; in [0, 1).</summary>
    public double WarmupShare { get; init; }

    /// <summary>Falls of the rate that <see cref="ScheduleShape.CosineWithRestarts"/> has.</summary>
    public int Restarts { get; init; } = 1;

    /// <summary>Share of each target that is spread over the vocabulary, in [0, 1).</summary>
    public float LabelSmoothing { get; init; }

    /// <summary>How strongly a preference holds the model to the reference (DPO's β).</summary>
    public float PreferenceBeta { get; init; } = 0.1f;

    /// <summary>Of the order of samples, of the adapter's first numbers and of dropout.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Whether each epoch has an order of its own; off, samples come as they are given.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>Bytes that kept activations may take; above, a block is computed again in the backward pass.</summary>
    public long ActivationBytesMax { get; init; } = 800L << 20;

    /// <summary>Of the products with the model's matrices in the managed engine: single precision, or bfloat16, which is faster.</summary>
    public Precision Precision { get; init; } = Precision.Float32;

    /// <summary>Samples of one step.</summary>
    public int SamplesPerStep => SequencesPerBatch * BatchesPerStep;

    /// <summary>Steps of warm-up of a run.</summary>
    /// <param name="steps">Steps of the run.</param>
    public int WarmupStepsOf(int steps) => WarmupSteps > 0 ? WarmupSteps : (int)Math.Ceiling(WarmupShare * steps);

    /// <summary>Returns this config, or throws naming every value that is out of range.</summary>
    /// <exception cref="InvalidConfigException">At least one value is out of range.</exception>
    public TrainingConfig Validated() => new ConfigCheck(nameof(TrainingConfig))
        .Require(SequencesPerBatch is >= 1 and <= 4096, $"SequencesPerBatch is {SequencesPerBatch}; it must be from 1 to 4,096.")
        .Require(BatchesPerStep is >= 1 and <= 4096, $"BatchesPerStep is {BatchesPerStep}; it must be from 1 to 4,096.")
        .Require(Epochs is >= 1 and <= 10_000, $"Epochs is {Epochs}; it must be from 1 to 10,000.")
        .Require(StepsMax is null or >= 1, $"StepsMax is {StepsMax}; it must be at least 1, or null for all steps.")
        .Require(TokensPerPass is >= 1 and <= 1 << 20, $"TokensPerPass is {TokensPerPass}; it must be from 1 to {1 << 20}. 512 is usual.")
        .Require(GradientNormMax > 0, $"GradientNormMax is {GradientNormMax}; it must be above 0. 1 is usual.")
        .Require(
            Optimizer.LearningRate > 0 && float.IsFinite(Optimizer.LearningRate),
            $"LearningRate is {Optimizer.LearningRate}; it must be above 0. 2e-4 is usual for LoRA.")
        .Require(Optimizer.Beta1 is >= 0 and < 1, $"Beta1 is {Optimizer.Beta1}; it must be in [0, 1).")
        .Require(Optimizer.Beta2 is >= 0 and < 1, $"Beta2 is {Optimizer.Beta2}; it must be in [0, 1).")
        .Require(Optimizer.Epsilon > 0, $"Epsilon is {Optimizer.Epsilon}; it must be above 0.")
        .Require(Optimizer.WeightDecay is >= 0 and < 1, $"WeightDecay is {Optimizer.WeightDecay}; it must be in [0, 1).")
        .Require(Optimizer.LoraPlusRatio > 0, $"LoraPlusRatio is {Optimizer.LoraPlusRatio}; it must be above 0. 16 is usual for LoRA+, 1 is off.")
        .Require(WarmupShare is >= 0 and < 1, $"WarmupShare is {WarmupShare}; it must be in [0, 1).")
        .Require(Restarts is >= 1 and <= 1000, $"Restarts is {Restarts}; it must be from 1 to 1,000.")
        .Require(
            Precision is Precision.Float32 or Precision.BFloat16,
            $"Precision is {Precision}; training runs in {nameof(Precision.Float32)} or {nameof(Precision.BFloat16)}.")
        .Require(LabelSmoothing is >= 0 and < 1, $"LabelSmoothing is {LabelSmoothing}; it must be in [0, 1).")
        .Require(PreferenceBeta > 0, $"PreferenceBeta is {PreferenceBeta}; it must be above 0. 0.1 is usual.")
        .Require(WarmupSteps >= 0, $"WarmupSteps is {WarmupSteps}; it must not be negative.")
        .Accept(this);
}
