using Ratchet.TrainerService.Jobs;

namespace Ratchet.TrainerService.Ports;

/// <summary>What the trainer that is set up can do at all, known before a model is loaded or a worker is started.</summary>
public interface IJobCapabilities
{
    /// <summary>What of these settings the runner or what computes cannot do, in the words of the run; null where that shows in the run only.</summary>
    JobError? Refusal(JobSettings settings);
}
