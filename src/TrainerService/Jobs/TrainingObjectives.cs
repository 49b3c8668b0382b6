namespace Ratchet.TrainerService.Jobs;

/// <summary>The words of <c>method.type</c> and of <c>x_ratchet.objective</c>.</summary>
public static class TrainingObjectives
{
    /// <summary>Learns answers.</summary>
    public const string Supervised = "supervised";

    /// <summary>Learns from pairs which answer is preferred.</summary>
    public const string Preference = "dpo";

    /// <summary>β where none is asked for, as everywhere.</summary>
    public const double UsualBeta = 0.1;
}
