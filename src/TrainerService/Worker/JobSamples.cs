using System.Globalization;
using Ratchet.TrainerService.Jobs;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Worker;

/// <summary>The samples of a job in tokens.</summary>
internal sealed class JobSamples
{
    private readonly int _dropped;

    public JobSamples(IModelEngine engine, JobSettings settings, JobFolder folder)
    {
        List<EncodedSample> all = Encode(engine, settings, folder.Samples);
        Training = [.. all.Where(sample => sample.IsLearnable)];
        _dropped = all.Count - Training.Count;
        Validation = File.Exists(folder.Validation)
            ? [.. Encode(engine, settings, folder.Validation).Where(sample => sample.IsLearnable)] : [];
        TokenCount = Training.Sum(sample => (long)sample.TokenCount);
        LongestCount = Training.Count == 0 ? 0 : Training.Max(sample => sample.TokenCount);
    }

    public IReadOnlyList<EncodedSample> Training { get; }

    public IReadOnlyList<EncodedSample> Validation { get; }

    /// <summary>Tokens of all training samples.</summary>
    public long TokenCount { get; }

    public int LongestCount { get; }

    public JobError? Fault => Training.Count > 0
        ? null
        : new JobError(
            "invalid_training_file",
            $"None of the {_dropped} samples holds a token to learn. Each needs an assistant message with text, a pair two different ones.",
            "training_file");

    public void Announce(EventWriter events, StepPlan plan)
    {
        int truncated = Training.Count(sample => sample.TruncatedCount > 0 || sample.Rejected?.TruncatedCount > 0);
        int cut = Training.Sum(sample => sample.TruncatedCount + (sample.Rejected?.TruncatedCount ?? 0));
        events.Say(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{Training.Count} {(Training[0].Rejected is null ? "samples" : "pairs")} with {TokenCount:N0} tokens ({Training.Sum(s => (long)s.TargetCount):N0} learnt), the longest {LongestCount}: {plan.StepsPerEpoch} steps an epoch, {plan.StepCount} in all, {plan.WarmupSteps} to warm up."),
            data: new
            {
                Samples = Training.Count,
                Tokens = TokenCount,
                Longest = LongestCount,
                plan.StepsPerEpoch,
                TotalSteps = plan.StepCount,
                plan.WarmupSteps,
            });
        if (truncated > 0)
        {
            events.Say($"{truncated} samples are longer than max_length and lost {cut} tokens before their answers.", "warn");
        }

        if (_dropped > 0)
        {
            events.Say($"{_dropped} samples hold nothing to learn and are left out.", "warn");
        }

        if (plan.Cut)
        {
            events.Say($"max_tokens ends the run after {plan.StepCount} steps, before all epochs are done.");
        }
    }

    private static List<EncodedSample> Encode(IModelEngine engine, JobSettings settings, string path) =>
        [.. SampleFile.Read(path).Select(c => engine.Encode(c, settings.LossOn, settings.LengthMax))];
}
