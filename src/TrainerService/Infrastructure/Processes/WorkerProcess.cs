using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Options;
using Ratchet.Engine.Torch;
using Ratchet.TrainerService.Infrastructure.Managed;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Infrastructure.Processes;

/// <summary>Runs a worker as a child process of this service: its crash, or its hunger for memory, ends nothing else.</summary>
/// <remarks>
/// Standard input is the leash: a line on it is an order, its end means that the service is gone, and the worker leaves.
/// Standard output is the sign of life: a line each time something new stands in the folder, and now and then without.
/// </remarks>
public sealed partial class WorkerProcess(IOptions<BackendOptions> backend, ILogger<WorkerProcess> logger) : IWorkerRunner
{
    /// <summary>The order to save and leave.</summary>
    public const string StopOrder = "stop";

    private const int LastWordsMax = 2000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public async Task<WorkerExit> RunAsync(
        string kind, string folder, Func<Task> onSign, CancellationToken leave, CancellationToken kill)
    {
        using Process process = Start(kind, folder, backend.Value);
        LogStarted(logger, kind, process.Id, folder);
        var lastWords = new StringBuilder();
        Task signs = ReadSignsAsync(process, onSign);
        Task words = ReadWordsAsync(process, lastWords);
        await using CancellationTokenRegistration killed = kill.Register(() => Kill(process));
        await using CancellationTokenRegistration stopped = leave.Register(() => _ = StopAsync(process));
        await process.WaitForExitAsync(CancellationToken.None);
        await signs;
        await words;
        LogEnded(logger, kind, process.Id, process.ExitCode);
        return new WorkerExit(process.ExitCode, lastWords.ToString().Trim());
    }

    private static Process Start(string kind, string folder, BackendOptions backend)
    {
        ProcessStartInfo start = WorkerStart.For(kind, folder);
        WorkerBackend.Pass(backend, start.Environment);
        return Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} could not be started.");
    }

    private static async Task ReadSignsAsync(Process process, Func<Task> onSign)
    {
        while (await process.StandardOutput.ReadLineAsync() is not null)
        {
            await onSign();
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

    private static async Task StopAsync(Process process)
    {
        try
        {
            await process.StandardInput.WriteLineAsync(StopOrder);
            await process.StandardInput.FlushAsync();
            using var limit = new CancellationTokenSource(Patience);
            await process.WaitForExitAsync(limit.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or InvalidOperationException)
        {
            Kill(process);
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The {Kind} worker {Process} works on {Folder}")]
    private static partial void LogStarted(ILogger logger, string kind, int process, string folder);

    [LoggerMessage(Level = LogLevel.Information, Message = "The {Kind} worker {Process} ended with {Code}")]
    private static partial void LogEnded(ILogger logger, string kind, int process, int code);
}
