using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Ratchet.Contracts;
using Ratchet.TrainerService.Infrastructure.LlamaFactory;
using Ratchet.TrainerService.Infrastructure.Processes;
using Ratchet.TrainerService.Jobs;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Worker;

/// <summary>Keeps a trainer outside: starts its command, tells what it does, ends it when asked, takes over what it made.</summary>
/// <remarks>
/// A trainer that dies after it has done steps is started again by the service and resumes from its last checkpoint; one that dies
/// before its first step has a fault that another start would only repeat.
/// </remarks>
/// <param name="path">The job's folder.</param>
/// <param name="open">Opens the engine, which counts tokens as the base's own template makes them.</param>
/// <param name="check">Reads the adapter.</param>
/// <param name="clock">For limits and estimates.</param>
/// <param name="stop">A request to leave.</param>
public sealed class ExternalWorker(
    string path, Func<string, IModelEngine> open, IAdapterInspector check, TimeProvider clock, CancellationToken stop)
{
    /// <summary>The variable that marks what belongs to a job's folder, so that a later keeper can end what an earlier one left.</summary>
    internal const string Mark = "RATCHET_JOB_FOLDER";

    private const int Died = 1;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    private readonly JobFolder _folder = new(path);

    /// <summary>The keeper as a process: at the head of its own group, deaf to SIGTERM but for the order to leave.</summary>
    /// <returns>The process's exit code.</returns>
    public static int RunProcess(string folder, Func<string, IModelEngine> open, IAdapterInspector check)
    {
        ProcessSignals.LeadGroup();
        using var stop = new CancellationTokenSource();
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            stop.Cancel();
        });
        JobFolder.Write(new JobFolder(folder).Keeper, new TrainingKeeper(Environment.ProcessId));
        return new ExternalWorker(folder, open, check, TimeProvider.System, stop.Token).Run();
    }

    /// <returns>The process's exit code.</returns>
    public int Run()
    {
        if (_folder.ReadResult() is not null)
        {
            return WorkerExit.Done;
        }

        JobWork work = _folder.ReadWork();
        ExternalWork external = JsonSerializer.Deserialize<ExternalWork>(File.ReadAllBytes(_folder.External), WireJson.Options)!;
        ProcessSignals.KillMarked(Mark, _folder.Path);
        using var events = new EventWriter(_folder.Events, () => { }, clock);
        var export = new TrainingExport(_folder, work, external);
        JobSettings settings = work.Settings with { SamplesPerStep = export.SamplesPerStep };
        (StepPlan plan, long tokensPerEpoch, JobError? fault) = Plan(work, settings, events);
        if (fault is not null)
        {
            return Fail(fault);
        }

        string? checkpoint = export.LastCheckpoint();
        try
        {
            export.Write(plan, checkpoint);
        }
        catch (FormatException e)
        {
            return Fail(new JobError(TrainingExport.NotExportable, e.Message));
        }

        int firstStep = checkpoint is null ? 0 : TrainingExport.StepOf(checkpoint);
        if (events.Before.Count > 0)
        {
            events.Say(checkpoint is null
                ? "There is no checkpoint of the trainer's; it begins anew."
                : $"The trainer goes on from its checkpoint at step {firstStep} of {plan.StepCount}.");
        }

        var progress = new ExternalProgress(events, plan, tokensPerEpoch, export.StepsPerRow, firstStep, clock);
        return Train(work, external, export, plan, progress, events);
    }

    private int Train(
        JobWork work, ExternalWork external, TrainingExport export, StepPlan plan, ExternalProgress progress, EventWriter events)
    {
        IReadOnlyList<string> arguments = export.Arguments();
        events.Say($"Starting the trainer: {string.Join(' ', arguments)}");
        using LoggedCommand? command = Start(arguments, external, out JobError? refused);
        if (command is null)
        {
            return Fail(refused!);
        }

        JobError? fault = Follow(command, external, export, progress);
        progress.Settle(isEnd: true);
        command.Kill();
        ProcessSignals.KillMarked(Mark, _folder.Path);
        fault ??= progress.Fault;
        return fault is not null ? Fail(fault) : Conclude(command, work, external, export, plan, progress, events);
    }

    private LoggedCommand? Start(IReadOnlyList<string> arguments, ExternalWork external, out JobError? refused)
    {
        try
        {
            refused = null;
            return new LoggedCommand(StartInfo(arguments, external), _folder.Log, external.LogBytesMax);
        }
        catch (Exception e) when (e is Win32Exception or DirectoryNotFoundException)
        {
            refused = new JobError(
                "trainer_not_found",
                $"The program '{arguments[0]}' of Trainer:External:Command could not be started: {e.Message}. Install it, give its "
                + "absolute path, or correct Trainer:External:WorkingFolder.");
            return null;
        }
    }

    /// <returns>Why it was ended; null where it ended by itself or was asked to.</returns>
    private JobError? Follow(LoggedCommand command, ExternalWork external, TrainingExport export, ExternalProgress progress)
    {
        var log = new LogTail(Path.Combine(export.Output, "trainer_log.jsonl"));
        DateTimeOffset started = clock.GetUtcNow();
        DateTimeOffset sign = started;
        DateTimeOffset? force = null;
        while (!command.HasEnded())
        {
            DateTimeOffset now = clock.GetUtcNow();
            if (command.Read(Look) is { } line)
            {
                sign = now;
                progress.TakePrinted(line);
            }

            foreach (string row in log.ReadNew())
            {
                sign = now;
                progress.TakeLogged(row);
            }

            progress.Settle();
            if (progress.Fault is { } fault)
            {
                return fault;
            }

            if (now - started > external.TimeLimit)
            {
                return new JobError(
                    "time_limit",
                    $"The trainer ran for {external.TimeLimit}, the limit in Trainer:External:TimeLimit, and was at step {progress.Step}. "
                    + "Raise the limit, or ask for fewer steps.");
            }

            if (now - sign > external.SilenceMax)
            {
                return new JobError(
                    "trainer_silent",
                    $"The trainer printed nothing for {external.SilenceMax} (Trainer:External:SilenceMax) and was ended. Its last words: "
                    + command.LastWords);
            }

            if (stop.IsCancellationRequested && force is null)
            {
                force = now + external.StopPatience;
                command.AskToLeave();
            }

            if (now > force)
            {
                command.Kill();
            }
        }

        // The log's last rows may have come after the last look.
        foreach (string row in log.ReadNew())
        {
            progress.TakeLogged(row);
        }

        return null;
    }

    private int Conclude(
        LoggedCommand command, JobWork work, ExternalWork external, TrainingExport export, StepPlan plan, ExternalProgress progress,
        EventWriter events)
    {
        if (stop.IsCancellationRequested)
        {
            return WorkerExit.Stopped;
        }

        if (command.ExitCode != 0)
        {
            if (!progress.HasMoved)
            {
                return Fail(new JobError(
                    "trainer_failed",
                    $"The trainer ended with exit code {command.ExitCode} before it had done a step. Its last words: {command.LastWords}"));
            }

            Console.Error.WriteLine($"The trainer ended with exit code {command.ExitCode}. Its last words: {command.LastWords}");
            return Died;
        }

        (AdapterFacts? facts, JobError? fault) = new ExternalImport(_folder, work, external, check).Take(export.Output);
        if (fault is not null)
        {
            return Fail(fault);
        }

        events.Say(
            string.Create(
                CultureInfo.InvariantCulture,
                $"Weights changed by {facts!.ChangeNorm:0.####} in norm ({facts.ChangeNormRelative * 100:0.####} % of those trained)."),
            data: new { DeltaNorm = facts.ChangeNorm, DeltaNormRelative = facts.ChangeNormRelative });
        int steps = work.Settings.EarlyStoppingPatience is null ? plan.StepCount : progress.Step;
        var metrics = new Dictionary<string, double>
        {
            ["steps"] = steps,
            ["delta_norm"] = facts.ChangeNorm,
            ["delta_norm_relative"] = facts.ChangeNormRelative,
        };
        if (progress.LastLoss is { } loss)
        {
            metrics["final_loss"] = loss;
        }

        JobFolder.Write(_folder.Result, new JobResult(
            JobStatuses.Succeeded, null, steps, progress.TokensUntil(steps), metrics));

        // Its checkpoints hold the optimiser's moments; nobody resumes a finished job.
        foreach (string checkpoint in Directory.EnumerateDirectories(export.Output, "checkpoint-*"))
        {
            Directory.Delete(checkpoint, recursive: true);
        }

        return WorkerExit.Done;
    }

    private (StepPlan Plan, long TokensPerEpoch, JobError? Fault) Plan(JobWork work, JobSettings settings, EventWriter events)
    {
        using IModelEngine engine = open(work.ModelPath);
        var samples = new JobSamples(engine, settings, _folder);
        if (samples.Fault is { } fault)
        {
            return (default, 0, fault);
        }

        var plan = StepPlan.For(settings, samples.Training.Count, samples.TokenCount);
        if (events.Before.Count == 0)
        {
            samples.Announce(events, plan);
            if (settings.SamplesPerStep != work.Settings.SamplesPerStep)
            {
                events.Say(
                    $"A step takes {settings.SamplesPerStep} samples in place of {work.Settings.SamplesPerStep}: what devices and "
                    + "accumulation give.", "warn");
            }
        }

        return (plan, samples.TokenCount, null);
    }

    private ProcessStartInfo StartInfo(IReadOnlyList<string> arguments, ExternalWork external)
    {
        var start = new ProcessStartInfo(arguments[0]) { WorkingDirectory = external.WorkingFolder ?? _folder.Path };
        foreach (string argument in arguments.Skip(1))
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment[Mark] = _folder.Path;

        // What Python prints is to come line by line.
        start.Environment["PYTHONUNBUFFERED"] = "1";
        return start;
    }

    private int Fail(JobError error)
    {
        JobFolder.Write(
            _folder.Result, new JobResult(JobStatuses.Failed, error, 0, 0, new Dictionary<string, double>()));
        return WorkerExit.Done;
    }
}
