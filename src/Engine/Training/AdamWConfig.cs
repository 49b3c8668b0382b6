namespace Ratchet.Engine.Training;

/// <summary>Settings of the optimiser; see <see cref="Kernels.AdamWKernel"/>.</summary>
public sealed record AdamWConfig
{
    /// <summary>η before the schedule. 2e-4 is usual for LoRA.</summary>
    public float LearningRate { get; init; } = 2e-4f;

    /// <summary>β₁.</summary>
    public float Beta1 { get; init; } = 0.9f;

    /// <summary>β₂.</summary>
    public float Beta2 { get; init; } = 0.999f;

    /// <summary>ε.</summary>
    public float Epsilon { get; init; } = 1e-8f;

    /// <summary>λ: what a weight loses of itself a step, times the rate.</summary>
    public float WeightDecay { get; init; }

    /// <summary>How many times faster B learns than A (LoRA+); 1 is off.</summary>
    public float LoraPlusRatio { get; init; } = 1f;
}
