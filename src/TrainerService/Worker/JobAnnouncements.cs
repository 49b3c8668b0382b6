using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Ratchet.TrainerService.Jobs;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Worker;

/// <summary>What a validation found.</summary>
/// <param name="Loss">What is watched for the best step.</param>
/// <param name="Preferences">How the pairs stand; null where the job learns from answers.</param>
internal sealed record ValidationOutcome(double Loss, PreferenceFigures? Preferences);

/// <summary>What a worker tells of its job: before the first step, and at each one.</summary>
internal static class JobAnnouncements
{
    /// <summary>What is trained and what it takes; what cannot be done is returned.</summary>
    public static JobError? Plan(EventWriter events, IModelEngine engine, JobWork work, long memory)
    {
        if (engine.Refusal(work.Settings) is { } refusal)
        {
            return refusal;
        }

        long trainable = engine.TrainableCount(work.Settings);
        if (trainable == 0)
        {
            return new JobError(
                "invalid_value",
                $"None of the target modules ({string.Join(", ", work.Settings.TargetModules)}) is a linear layer of this model. "
                + "Name layers such as q_proj and v_proj, or 'all-linear'.",
                "x_ratchet.target_modules");
        }

        if (events.Before.Count == 0)
        {
            bool makesModel = work.Settings.MakesModel;
            long total = engine.ParameterCount + (makesModel ? 0 : trainable);
            double percent = 100.0 * trainable / total;
            string what = makesModel
                ? $"what learns becomes {TuningMethods.TrainedOn(work.Settings, engine.WeightType)}, and the result is a model of its own"
                : $"the base is {engine.WeightType} and stays as it is; trained on as {TuningMethods.TrainedOn(work.Settings, engine.WeightType)}";
            events.Say(
                Text($"Trainable parameters: {trainable:N0} of {total:N0} ({percent:0.###} %); {what}."),
                data: new { TrainableParameters = trainable, TotalParameters = total, Percent = percent });
            events.Say(
                Text($"Memory: about {memory / 1048576.0:N0} MB of {work.MemoryBytesMax / 1048576.0:N0} MB."),
                data: new { MemoryBytes = memory, MemoryBytesMax = work.MemoryBytesMax });
        }

        return work.MemoryBytesMax > 0 && memory > work.MemoryBytesMax
            ? new JobError(
                "insufficient_memory",
                Text($"Training would take about {memory / 1048576.0:N0} MB, and {work.MemoryBytesMax / 1048576.0:N0} MB are there. {(work.Settings.MakesModel ? $"{trainable:N0} weights learn, each with its gradient and two moments in single precision: 16 bytes. Ask for tuning 'freeze' with fewer trainable_layers, or for 'lora'" : "Lower max_length or rank")}."))
            : null;
    }

    /// <summary>What was made of the base.</summary>
    public static void Base(EventWriter events, BaseChange change) => events.Say(
        Text($"The base's linear weights are {change.After} for training: {change.BytesAfter / 1048576.0:N0} MB in place of {change.BytesBefore / 1048576.0:N0} MB as {change.Before}, {change.RelativeError * 100:0.##} % off in norm. The adapter is evaluated and served on the base as stored."),
        data: new
        {
            TrainedOn = change.After,
            Stored = change.Before,
            WeightBytes = change.BytesAfter,
            StoredWeightBytes = change.BytesBefore,
            change.RelativeError,
        });

    /// <summary>Where it runs: a job that is taken up may run on something else than before, and only what is new is said.</summary>
    public static void Place(EventWriter events, IModelEngine engine, JobSettings settings)
    {
        ComputePlace place = engine.Compute;
        JsonElement? last = events.Before.LastOrDefault(e => e.Data is { } data && data.TryGetProperty("backend", out _))?.Data;
        if (last is not { } known || known.GetProperty("backend").GetString() != place.Backend || known.GetProperty("device").GetString() != place.Device)
        {
            events.Say(place.Reason, data: new { place.Backend, place.Device });
            if (settings.PrefixSharing && !engine.CanSharePrefixes)
            {
                events.Say(
                    Text($"prefix_sharing has no effect here: {place.Backend} computes every example whole. Losses are the same; what examples begin with alike is computed for each."));
            }
        }
    }

    /// <summary>The loss before training: a forward pass over a few samples, which also tells how long the whole will take.</summary>
    public static double LossBefore(
        EventWriter events, ITrainingRun run, IReadOnlyList<EncodedSample> check, long tokensPerEpoch, StepPlan plan)
    {
        if (events.Before.FirstOrDefault(e => e.Data is { } d && d.TryGetProperty("estimated_seconds", out _)) is { } known)
        {
            return known.Data!.Value.GetProperty("loss_before").GetDouble();
        }

        long started = Stopwatch.GetTimestamp();
        double loss = run.Evaluate(check);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        long tokens = (long)((double)tokensPerEpoch / plan.StepsPerEpoch * plan.StepCount);

        // Backward costs about twice the forward pass. Pairs were asked of the base too, which training does once for each.
        double passes = check.Any(s => s.Rejected is not null) ? 2 : 3;
        double estimate = passes * seconds / Math.Max(1, check.Sum(s => s.TokenCount)) * tokens;
        events.Say(
            Text($"Time: about {estimate / 60:0.#} minutes for {plan.StepCount} steps over {tokens:N0} tokens."),
            data: new { EstimatedSeconds = estimate, LossBefore = loss });
        return loss;
    }

    /// <summary>A step's numbers.</summary>
    public static void Step(
        EventWriter events, StepOutcome outcome, StepPlan plan, LossVerdict verdict, SpeedMeter speed, long tokens,
        ValidationOutcome? validation)
    {
        double remaining = speed.SecondsPerStep * (plan.StepCount - outcome.Step);
        long finish = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + (long)Math.Ceiling(remaining);
        events.Measure(
            Text($"Step {outcome.Step}/{plan.StepCount}: training loss={outcome.Loss:0.00}, {verdict.Word}"),
            outcome.Step,
            new
            {
                outcome.Step,
                TotalSteps = plan.StepCount,
                Epoch = (double)outcome.Step / plan.StepsPerEpoch,
                TrainLoss = outcome.Loss,
                ValidLoss = validation?.Loss,
                RewardMargin = outcome.Preferences?.Margin,
                RewardAccuracy = outcome.Preferences?.Accuracy,
                RewardChosen = outcome.Preferences?.ChosenReward,
                RewardRejected = outcome.Preferences?.RejectedReward,
                ValidRewardMargin = validation?.Preferences?.Margin,
                ValidRewardAccuracy = validation?.Preferences?.Accuracy,
                outcome.LearningRate,
                outcome.GradientNorm,
                outcome.Tokens,
                SeenTokens = tokens,
                speed.TokensPerSecond,
                EtaSeconds = remaining,
                Verdict = verdict.Word,
                verdict.Advice,
            },
            finish,
            tokens);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
