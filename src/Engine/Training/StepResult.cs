namespace Ratchet.Engine.Training;

/// <summary>What one optimiser step did.</summary>
/// <param name="Step">From 1.</param>
/// <param name="Loss">Mean negative log-likelihood over the step's targets, before the step.</param>
/// <param name="GradientNorm">Of all gradients together, before clipping.</param>
/// <param name="LearningRate">That this step used.</param>
/// <param name="TokenCount">Tokens that went through the model.</param>
/// <param name="TargetCount">Tokens that counted in the loss.</param>
/// <param name="Duration">Of the step.</param>
public readonly record struct StepResult(
    int Step, double Loss, double GradientNorm, double LearningRate, int TokenCount, int TargetCount, TimeSpan Duration);
