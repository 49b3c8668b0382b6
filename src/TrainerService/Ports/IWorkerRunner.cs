namespace Ratchet.TrainerService.Ports;

/// <summary>Runs heavy work apart from the service: the worker process, or a trainer elsewhere.</summary>
public interface IWorkerRunner
{
    /// <summary>Runs until the work ends, is stopped, or dies.</summary>
    /// <param name="kind">job, evaluation or export.</param>
    /// <param name="folder">Holds what to do and receives what was done; work in it can be taken up again.</param>
    /// <param name="onSign">Called at each sign of life, after new lines were written to the folder.</param>
    /// <param name="leave">Asks for an orderly end: save, then leave.</param>
    /// <param name="kill">Ends it at once.</param>
    Task<WorkerExit> RunAsync(
        string kind, string folder, Func<Task> onSign, CancellationToken leave, CancellationToken kill);
}

/// <summary>How a worker ended.</summary>
/// <param name="Code">0: done, and the folder holds the result; 3: stopped as asked; 4: another holds the folder; 6: the disk is full; else it died.</param>
/// <param name="LastWords">The end of what it wrote to its error stream.</param>
public sealed record WorkerExit(int Code, string LastWords)
{
    public const int Done = 0;
    public const int Stopped = 3;

    /// <summary>What it says when another worker holds the folder.</summary>
    public const int Held = 4;

    /// <summary>The disk is full; what was saved before is whole.</summary>
    public const int DiskFull = 6;
}
