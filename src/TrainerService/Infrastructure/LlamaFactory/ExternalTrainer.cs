using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Ratchet.Contracts;
using Ratchet.TrainerService.Infrastructure.Processes;
using Ratchet.TrainerService.Jobs;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Infrastructure.LlamaFactory;

/// <summary>Jobs go to a trainer outside; everything else is done by the worker process of this service.</summary>
/// <remarks>
/// Between the service and the trainer stands a keeper, this program as <c>worker external FOLDER</c>: it starts the command,
/// reads what it prints and writes the job's events and result. The keeper is a process of its own that outlives the service;
/// a service that starts again finds it by the lock on the job's folder and goes on reading.
/// </remarks>
public sealed partial class ExternalTrainer(
    WorkerProcess inner, IOptions<TrainerOptions> options, IHostApplicationLifetime lifetime, TimeProvider clock,
    ILogger<ExternalTrainer> logger) : IWorkerRunner
{
    private const int LastWordsMax = 2000;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Pulse = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan CancelPatience = TimeSpan.FromSeconds(10);

    // What the keeper needs beyond the trainer's own patience, to write down how it ended.
    private static readonly TimeSpan KeeperPatience = TimeSpan.FromSeconds(15);

    public async Task<WorkerExit> RunAsync(
        string kind, string folder, Func<Task> onSign, CancellationToken leave, CancellationToken kill)
    {
        if (kind != "job")
        {
            return await inner.RunAsync(kind, folder, onSign, leave, kill);
        }

        var job = new JobFolder(folder);
        using Process? started = IsHeld(job) ? null : Start(job);
        var lastWords = new StringBuilder();
        Task words = started is null ? Task.CompletedTask : ReadWordsAsync(started, lastWords);
        LogKept(logger, started is null ? "found again" : "started", folder);
        bool ended = await FollowAsync(job, started, onSign, leave, kill);
        if (!ended)
        {
            // The service goes, the training stays: the next service finds it.
            return new WorkerExit(WorkerExit.Stopped, "");
        }

        await onSign();
        if (started is not null)
        {
            await words;
            return new WorkerExit(started.ExitCode, Words(lastWords, job));
        }

        return job.ReadResult() is not null
            ? new WorkerExit(WorkerExit.Done, "")
            : new WorkerExit(leave.IsCancellationRequested || kill.IsCancellationRequested ? WorkerExit.Stopped : 1, Words(lastWords, job));
    }

    /// <returns>False where the service leaves without the training.</returns>
    private async Task<bool> FollowAsync(
        JobFolder job, Process? started, Func<Task> onSign, CancellationToken leave, CancellationToken kill)
    {
        DateTimeOffset? force = null;
        long seen = -1;
        DateTimeOffset told = clock.GetUtcNow();
        while (started is null ? IsHeld(job) : !started.HasExited)
        {
            DateTimeOffset now = clock.GetUtcNow();
            if (force is null && (kill.IsCancellationRequested || leave.IsCancellationRequested))
            {
                bool serviceStops = lifetime.ApplicationStopping.IsCancellationRequested && !kill.IsCancellationRequested;
                if (serviceStops && options.Value.External.KeepRunning)
                {
                    return false;
                }

                force = now + (kill.IsCancellationRequested ? CancelPatience : options.Value.External.StopPatience + KeeperPatience);
                Signal(job, ProcessSignals.AskToLeave);
            }
            else if (kill.IsCancellationRequested && force > now + CancelPatience)
            {
                // A paused job that is cancelled before it has left.
                force = now + CancelPatience;
            }

            if (now > force)
            {
                LogForced(logger, job.Path);
                Signal(job, ProcessSignals.KillGroup);
            }

            long length = File.Exists(job.Events) ? new FileInfo(job.Events).Length : 0;
            if (length != seen || now - told > Pulse)
            {
                (seen, told) = (length, now);
                await onSign();
            }

            await Task.Delay(Look, CancellationToken.None);
        }

        return true;
    }

    private Process Start(JobFolder job)
    {
        ExternalTrainerOptions external = options.Value.External;
        if (!File.Exists(job.External))
        {
            JobFolder.Write(job.External, new ExternalWork
            {
                Command = external.Command,
                WorkingFolder = external.WorkingFolder,
                Model = external.Model,
                Template = external.Template,
                Settings = external.Settings,
                WorldSize = external.WorldSize,
                SamplesPerDevice = external.SamplesPerDevice,
                TimeLimit = external.TimeLimit,
                SilenceMax = external.SilenceMax,
                StopPatience = external.StopPatience,
                LogBytesMax = external.LogBytesMax,
                Paths = external.Paths,
            });
        }

        ProcessStartInfo start = WorkerStart.For("external", job.Path);
        foreach ((string name, string value) in external.Environment)
        {
            start.Environment[name] = value;
        }

        Process process = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} could not be started.");
        process.StandardInput.Close();
        _ = DrainAsync(process.StandardOutput);
        return process;
    }

    // The lock tells that the keeper lives; only then does its number mean this process and no later one.
    private static void Signal(JobFolder job, Action<int> signal)
    {
        if (!IsHeld(job) || !File.Exists(job.Keeper))
        {
            return;
        }

        TrainingKeeper? keeper = JsonSerializer.Deserialize<TrainingKeeper>(File.ReadAllBytes(job.Keeper), WireJson.Options);
        if (keeper is { ProcessId: > 1 })
        {
            signal(keeper.ProcessId);
        }
    }

    private static bool IsHeld(JobFolder job)
    {
        try
        {
            using var file = new FileStream(job.Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private static async Task ReadWordsAsync(Process process, StringBuilder lastWords)
    {
        while (await process.StandardError.ReadLineAsync() is { } line)
        {
            lastWords.Append(line).Append('\n');
            if (lastWords.Length > LastWordsMax)
            {
                lastWords.Remove(0, lastWords.Length - LastWordsMax);
            }
        }
    }

    private static async Task DrainAsync(StreamReader output)
    {
        while (await output.ReadLineAsync() is not null)
        {
            // The keeper speaks through the folder.
        }
    }

    // What the keeper said of itself, else the end of what the trainer printed.
    private static string Words(StringBuilder lastWords, JobFolder job)
    {
        if (lastWords.Length > 0 || !File.Exists(job.Log))
        {
            return lastWords.ToString().Trim();
        }

        using var stream = new FileStream(job.Log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        stream.Position = Math.Max(0, stream.Length - LastWordsMax);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Trim();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The keeper of the training in {Folder} is {How}")]
    private static partial void LogKept(ILogger logger, string how, string folder);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The trainer of {Folder} did not leave when asked; it is ended by force")]
    private static partial void LogForced(ILogger logger, string folder);
}
