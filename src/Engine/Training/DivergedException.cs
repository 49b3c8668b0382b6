namespace Ratchet.Engine.Training;

/// <summary>A step's loss or gradient is not a number; the adapter is as it was before the step.</summary>
/// <param name="step">From 1.</param>
/// <param name="loss">The step's loss.</param>
/// <param name="gradientNorm">The norm of its gradients.</param>
public sealed class DivergedException(int step, double loss, double gradientNorm) : Exception(
    $"Step {step} has the loss {loss} and the gradient norm {gradientNorm}: training has diverged. "
    + "Start again from an earlier checkpoint with a lower learning rate, or with warm-up.")
{
    /// <summary>From 1.</summary>
    public int Step => step;
}
