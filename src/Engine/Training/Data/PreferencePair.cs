namespace Ratchet.Engine.Training.Data;

/// <summary>Two answers to one question, of which people prefer one (DPO).</summary>
/// <param name="Chosen">Question and the better answer; targets are the answer's tokens.</param>
/// <param name="Rejected">Question and the worse answer.</param>
public sealed record PreferencePair(TrainingSample Chosen, TrainingSample Rejected);
