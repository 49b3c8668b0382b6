using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Ratchet.Engine.Torch;
using Ratchet.ServiceDefaults.Storage;
using Ratchet.TrainerService.Jobs;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Worker;

/// <summary>Trains one job in its folder, from the last checkpoint where there is one.</summary>
public sealed class JobWorker(string path, WorkerLeash leash, Func<string, IModelEngine> open, TimeProvider clock)
{
    // A resumed run repeats the steps after its checkpoint; the losses must agree but for rounding of the log.
    private const double ReplayTolerance = 1e-3;

    private readonly JobFolder _folder = new(path);

    /// <returns>The process's exit code.</returns>
    public int Run()
    {
        if (_folder.ReadResult() is not null)
        {
            return WorkerExit.Done;
        }

        JobWork work = _folder.ReadWork();
        using var events = new EventWriter(_folder.Events, leash.Sign, clock);
        using IModelEngine engine = open(work.ModelPath);
        var samples = new JobSamples(engine, work.Settings, _folder);
        if (samples.Fault is { } fault)
        {
            return Fail(fault);
        }

        var plan = StepPlan.For(work.Settings, samples.Training.Count, samples.TokenCount);
        if (events.Before.Count == 0)
        {
            samples.Announce(events, plan);
        }

        JobAnnouncements.Place(events, engine, work.Settings);
        long memory = engine.MemoryBytes(work.Settings, samples.LongestCount);
        if (JobAnnouncements.Plan(events, engine, work, memory) is { } refused)
        {
            return Fail(refused);
        }

        if (engine.Prepare(work.Settings) is { } change && events.Before.Count == 0)
        {
            JobAnnouncements.Base(events, change);
        }

        try
        {
            return Train(work, events, engine, samples, plan);
        }
        catch (DeviceMemoryException e)
        {
            // Another start would meet the same end.
            return Fail(new JobError("insufficient_memory", e.Message));
        }
    }

    private int Train(JobWork work, EventWriter events, IModelEngine engine, JobSamples samples, StepPlan plan)
    {
        string? checkpoint = _folder.FindRecoveryCheckpoint();
        using ITrainingRun run = engine.Train(
            new TrainingPlan(work.Settings, plan.StepCount, plan.WarmupSteps, work.ModelName), samples.Training, checkpoint);
        if (checkpoint is not null)
        {
            events.Say($"Continuing from the checkpoint at step {run.StepCount} of {plan.StepCount}.");
        }

        return Train(work, events, samples, plan, run);
    }

    private int Train(JobWork work, EventWriter events, JobSamples samples, StepPlan plan, ITrainingRun run)
    {
        List<(int Step, double Loss)> earlier = Numbers(events, "train_loss");
        List<double> losses = [.. earlier.Where(e => e.Step <= run.StepCount).Select(e => e.Loss)];
        long tokens = Tokens(events, run.StepCount);
        var check = new AdapterCheck(samples);
        double lossBefore = JobAnnouncements.LossBefore(events, run, check.LossSamples, samples.TokenCount, plan);
        var watch = new ValidationWatch(work.Settings.EarlyStoppingPatience, work.Settings.EarlyStoppingMinDelta);
        foreach ((int step, double loss) in Numbers(events, "valid_loss").Where(e => e.Step <= run.StepCount))
        {
            watch.Add(step, loss);
        }

        var sinceCheckpoint = Stopwatch.StartNew();
        var speed = new SpeedMeter();
        while (!run.IsFinished && !watch.IsOver)
        {
            if (leash.StopRequested)
            {
                SaveRecovery(run);
                return WorkerExit.Stopped;
            }

            StepOutcome outcome = run.Advance(CancellationToken.None);
            losses.Add(outcome.Loss);
            if (!double.IsFinite(outcome.Loss))
            {
                return Fail(new JobError("diverged", $"The loss at step {outcome.Step} is {outcome.Loss}. {LossVerdict.Of(losses).Advice}"));
            }

            tokens += outcome.Tokens;
            speed.Add(outcome.Tokens, outcome.Seconds);
            ValidationOutcome? validation = IsTime(work.Settings.EvalEverySteps, outcome.Step, plan, run.IsFinished)
                ? Validate(run, samples, watch, work.Settings.LoadBest) : null;
            bool last = run.IsFinished || watch.IsOver;
            var verdict = LossVerdict.Of(losses);
            if (outcome.Step % work.Settings.LogEverySteps == 0 || validation is not null || last)
            {
                JobAnnouncements.Step(events, outcome, plan, verdict, speed, tokens, validation);
                Compare(events, earlier, outcome);
            }

            // A whole model at every epoch would fill the disk; what is needed to go on is in the recovery checkpoints.
            if (!work.Settings.MakesModel && IsTime(work.Settings.SaveEverySteps, outcome.Step, plan, last))
            {
                PublishCheckpoint(events, run, outcome, validation?.Loss);
            }

            if (!last && sinceCheckpoint.Elapsed >= work.CheckpointEvery)
            {
                SaveRecovery(run);
                sinceCheckpoint.Restart();
            }
        }

        return Finish(events, run, losses, tokens, lossBefore, check, watch, work, plan);
    }

    private ValidationOutcome? Validate(ITrainingRun run, JobSamples samples, ValidationWatch watch, bool keepsBest)
    {
        if (samples.Validation.Count == 0)
        {
            return null;
        }

        PreferenceFigures? preferences = run.Preferences(samples.Validation);
        double loss = preferences?.Loss ?? run.Evaluate(samples.Validation);
        if (watch.Add(run.StepCount, loss) && keepsBest)
        {
            run.SaveCheckpoint(_folder.BestCheckpoint(run.StepCount));
            _folder.DropBestCheckpoints(exceptStep: run.StepCount);
        }

        return new ValidationOutcome(loss, preferences);
    }

    private void SaveRecovery(ITrainingRun run)
    {
        run.SaveCheckpoint(_folder.RecoveryCheckpoint(run.StepCount));
        _folder.DropRecoveryCheckpoints(exceptStep: run.StepCount);
    }

    private int Finish(
        EventWriter events, ITrainingRun run, List<double> losses, long tokens, double lossBefore, AdapterCheck check,
        ValidationWatch watch, JobWork work, StepPlan plan)
    {
        int lastStep = run.StepCount;
        if (watch.IsOver && lastStep < plan.StepCount)
        {
            events.Say(
                Text($"Stopped early at step {lastStep} of {plan.StepCount}: the last {watch.Waited} validations were not below the lowest loss so far by more than {work.Settings.EarlyStoppingMinDelta}."));
        }

        var metrics = new Dictionary<string, double> { ["steps"] = lastStep, ["final_loss"] = losses.Count > 0 ? losses[^1] : 0 };
        if (watch.BestStep is { } best)
        {
            (metrics["best_step"], metrics["best_valid_loss"]) = (best, watch.BestLoss);
            if (work.Settings.LoadBest && best != lastStep)
            {
                ReturnTo(best, events, run, watch, work.Settings.MakesModel);
            }
        }

        metrics["published_step"] = run.StepCount;
        (IReadOnlyDictionary<string, double> measured, JobError? fault) = check.Run(run, events, work.Settings, lossBefore);
        if (fault is not null)
        {
            return Fail(fault);
        }

        string made = work.Settings.MakesModel ? _folder.Model : _folder.Adapter;
        string temporary = made + ".tmp";
        Replace(temporary, () => Save(run, temporary, work.Settings.MakesModel));
        if (Directory.Exists(made))
        {
            Directory.Delete(made, recursive: true);
        }

        AtomicFile.PublishFolder(temporary, made);
        JobFolder.Write(_folder.Result, new JobResult(
            JobStatuses.Succeeded, null, lastStep, tokens, new Dictionary<string, double>([.. metrics, .. measured])));
        leash.Sign();
        return WorkerExit.Done;
    }

    private static void Save(ITrainingRun run, string folder, bool isModel)
    {
        if (isModel)
        {
            run.SaveModel(folder);
        }
        else
        {
            run.SaveAdapter(folder);
        }
    }

    private void ReturnTo(int best, EventWriter events, ITrainingRun run, ValidationWatch watch, bool isModel)
    {
        int lastStep = run.StepCount;
        run.Restore(_folder.BestCheckpoint(best));
        events.Say(
            Text($"The {(isModel ? "model" : "adapter")} of step {best} is published, whose validation loss is the lowest: {watch.BestLoss:0.0000}; the last step, {lastStep}, had {watch.LastLoss:0.0000}."),
            data: new { BestStep = best, BestValidLoss = watch.BestLoss, LastStep = lastStep, LastValidLoss = watch.LastLoss });
    }

    private void PublishCheckpoint(EventWriter events, ITrainingRun run, StepOutcome outcome, double? validLoss)
    {
        string folder = _folder.PublishedCheckpoint(outcome.Step);
        if (!Directory.Exists(folder))
        {
            string temporary = folder + ".tmp";
            Replace(temporary, () => run.SaveAdapter(temporary));
            AtomicFile.PublishFolder(temporary, folder);
        }

        events.Publish(
            $"Checkpoint created at step {outcome.Step}",
            outcome.Step,
            new { outcome.Step, TrainLoss = outcome.Loss, ValidLoss = validLoss },
            Path.GetFileName(folder));
    }

    private static void Compare(EventWriter events, List<(int Step, double Loss)> earlier, StepOutcome outcome)
    {
        foreach ((int step, double loss) in earlier)
        {
            if (step == outcome.Step && Math.Abs(loss - outcome.Loss) > ReplayTolerance)
            {
                events.Say(
                    Text($"Step {step} was done before with loss {loss:0.0000}, and now has {outcome.Loss:0.0000}: the run did not continue as it was."),
                    "warn");
                return;
            }
        }
    }

    private int Fail(JobError error)
    {
        JobFolder.Write(
            _folder.Result, new JobResult(JobStatuses.Failed, error, 0, 0, new Dictionary<string, double>()));
        leash.Sign();
        return WorkerExit.Done;
    }

    private static bool IsTime(int? every, int step, StepPlan plan, bool last) =>
        last || step % (every ?? plan.StepsPerEpoch) == 0;

    // What earlier workers logged, by step.
    private static List<(int Step, double Value)> Numbers(EventWriter events, string name) =>
    [
        .. from item in events.Before.Where(e => e.Type == "metrics" && e.Step is not null).DistinctBy(e => e.Step)
           let value = item.Data!.Value.TryGetProperty(name, out JsonElement found) && found.ValueKind == JsonValueKind.Number
               ? found.GetDouble() : double.NaN
           where !double.IsNaN(value)
           select (item.Step!.Value, value),
    ];

    private static long Tokens(EventWriter events, int step) =>
        events.Before.LastOrDefault(e => e.Type == "metrics" && e.Step <= step)?.TrainedTokens ?? 0;

    private static void Replace(string folder, Action write)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        write();
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
