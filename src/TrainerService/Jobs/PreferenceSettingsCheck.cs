using Ratchet.Contracts.Trainer;

namespace Ratchet.TrainerService.Jobs;

/// <summary>What goes with learning from preferences (DPO), and what does not.</summary>
internal static class PreferenceSettingsCheck
{
    public static void Run(RequestFaults faults, TrainingSettings s)
    {
        faults.OneOf("objective", s.Objective, TrainingObjectives.Supervised, TrainingObjectives.Preference);
        faults.Range("beta", s.Beta, 1e-6, 2);
        if (s.Objective != TrainingObjectives.Preference)
        {
            if (s.Beta is not null)
            {
                faults.Add("x_ratchet.beta", "It belongs to pairs of answers. Send the method.type 'dpo', or leave it out.");
            }

            return;
        }

        Refuse("init", s.Init == AdapterSettingsCheck.PrincipalStart, "'pissa' takes a part out of the base, and dpo compares with the base as it is");
        Refuse("label_smoothing", s.LabelSmoothing > 0, "dpo's loss has no targets of tokens to smooth");
        Refuse("replay_share", s.ReplayShare > 0, "general examples are answers and no pairs");
        Refuse("loss_on", s.LossOn is not (null or "completion"), "dpo counts the two answers of a pair, nothing else");

        void Refuse(string name, bool isAsked, string reason)
        {
            if (isAsked)
            {
                faults.Add($"x_ratchet.{name}", $"It was found with the method 'dpo': {reason}. Leave it out.");
            }
        }
    }
}
