using System.Globalization;
using Ratchet.TrainerService.Jobs;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Worker;

/// <summary>What an adapter does to its base: norm, divergence and loss on some of the job's own samples (F135).</summary>
internal sealed class AdapterCheck(JobSamples samples)
{
    private const int LossSampleCount = 12;
    private const int PromptCount = 20;

    /// <summary>Below this, relative to the weights it changes, an adapter does nothing that anyone could notice.</summary>
    internal const double NormMin = 1e-7;

    /// <summary>Below this, in nats a token, the answers are those of the base.</summary>
    private const double DivergenceMin = 1e-9;

    /// <summary>Samples whose loss is told before and after.</summary>
    public IReadOnlyList<EncodedSample> LossSamples { get; } = [.. samples.Training.Take(LossSampleCount)];

    /// <summary>Measures the finished adapter, tells it, and refuses one that changes nothing.</summary>
    public (IReadOnlyDictionary<string, double> Metrics, JobError? Fault) Run(
        ITrainingRun run, EventWriter events, JobSettings settings, double lossBefore)
    {
        (double norm, double relative) = run.ChangeNorm();
        IReadOnlyList<EncodedSample> prompts = [.. samples.Training.Take(PromptCount)];
        double? divergence = double.IsFinite(norm) ? run.Divergence(prompts) : double.NaN;
        double lossAfter = run.Evaluate(LossSamples);
        events.Say(
            Text($"Weights changed by {norm:0.####} in norm ({relative * 100:0.####} % of those trained); {(divergence is { } moved ? Text($"the answers' tokens after {prompts.Count} of the job's own prompts moved by a KL divergence of {moved:0.0###e+0} nats from the base; ") : "")}loss on {LossSamples.Count} training examples {lossBefore:0.###} before, {lossAfter:0.###} after."),
            data: new
            {
                DeltaNorm = Finite(norm),
                DeltaNormRelative = Finite(relative),
                KlToBase = divergence is { } kl ? Finite(kl) : null,
                KlPrompts = divergence is null ? (int?)null : prompts.Count,
                LossBefore = lossBefore,
                LossAfter = Finite(lossAfter),
            });
        var metrics = new Dictionary<string, double>
        {
            ["delta_norm"] = norm,
            ["delta_norm_relative"] = relative,
            ["loss_before"] = lossBefore,
            ["loss_after"] = lossAfter,
        };
        if (divergence is { } distance)
        {
            metrics["kl_to_base"] = distance;
        }

        IReadOnlyList<EncodedSample> judged = samples.Validation.Count > 0 ? samples.Validation : LossSamples;
        if (run.Preferences(judged) is { } preferences)
        {
            (metrics["reward_margin"], metrics["reward_accuracy"]) = (preferences.Margin, preferences.Accuracy);
            events.Say(
                Text($"Of {judged.Count} {(samples.Validation.Count > 0 ? "validation" : "training")} pairs the preferred answer gained more in {preferences.Accuracy * 100:0.#} %; the mean margin of rewards is {preferences.Margin:0.####}."),
                data: new { RewardMargin = Finite(preferences.Margin), RewardAccuracy = preferences.Accuracy, Pairs = judged.Count });
        }

        return (metrics, Fault(norm, relative, divergence, settings, run.StepCount));
    }

    // Written so that what is no number fails too.
    private static JobError? Fault(double norm, double relative, double? divergence, JobSettings settings, int steps)
    {
        bool changes = relative >= NormMin && (divergence is null || divergence >= DivergenceMin) && double.IsFinite(norm);
        return changes
            ? null
            : new JobError(
                "no_op_adapter",
                Text($"The {(settings.MakesModel ? "model" : "adapter")} changes nothing: its weights differ from the base by {norm:0.###e+0}{(divergence is { } moved ? Text($", and its answers by a KL divergence of {moved:0.###e+0} nats a token") : "")}. The learning rate ({settings.LearningRate:0.0e+0}) or the number of steps ({steps}) is too small."));
    }

    // JSON has no word for what is no number.
    private static double? Finite(double value) => double.IsFinite(value) ? value : null;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
