namespace Ratchet.Engine.Training;

/// <summary>What a step saw of one pair: log-probabilities of whole answers, and what they gained over the reference.</summary>
/// <param name="Chosen">log π of the chosen answer.</param>
/// <param name="Rejected">log π of the rejected answer.</param>
/// <param name="ChosenReward">β · (log π - log reference) of the chosen answer.</param>
/// <param name="RejectedReward">The same of the rejected one.</param>
public readonly record struct PreferenceOutcome(double Chosen, double Rejected, double ChosenReward, double RejectedReward)
{
    /// <summary>-log σ(difference of the rewards).</summary>
    public double Loss => Softplus(RejectedReward - ChosenReward);

    /// <summary>How strongly the pair still pulls: σ(-difference), in [0, 1].</summary>
    public double Pull => 1 / (1 + Math.Exp(ChosenReward - RejectedReward));

    private static double Softplus(double x) => x > 0 ? x + Math.Log(1 + Math.Exp(-x)) : Math.Log(1 + Math.Exp(x));
}
