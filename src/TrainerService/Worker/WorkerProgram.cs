using System.Diagnostics;
using Ratchet.ServiceDefaults.Storage;
using Ratchet.TrainerService.Infrastructure.Managed;
using Ratchet.TrainerService.Jobs;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Worker;

/// <summary>
/// The program of a worker process: <c>worker job FOLDER</c>, <c>worker evaluation FOLDER</c>, <c>worker export FOLDER</c>, or
/// <c>worker external FOLDER</c>, which keeps a trainer that is not ours.
/// </summary>
public static class WorkerProgram
{
    private const int Usage = 2;
    private const int Orphaned = 5;

    /// <param name="arguments">After "worker".</param>
    /// <param name="open">Opens the engine with the model file of that path.</param>
    public static int Run(string[] arguments, Func<string, IModelEngine> open)
    {
        if (arguments is not [("job" or "evaluation" or "export" or "external") and var kind, var folder] || !Directory.Exists(folder))
        {
            Console.Error.WriteLine("A kind of work and a folder are needed: worker job FOLDER, worker evaluation FOLDER, worker export FOLDER, or worker external FOLDER.");
            return Usage;
        }

        using FileStream? held = Hold(folder);
        if (held is null)
        {
            Console.Error.WriteLine($"{folder} is held by another worker.");
            return WorkerExit.Held;
        }

        try
        {
            return Work(kind, folder, open);
        }
        catch (Exception e) when (FullDisk.IsReason(e))
        {
            Console.Error.WriteLine($"The disk that holds {folder} is full: {e.Message}");
            return WorkerExit.DiskFull;
        }
    }

    private static int Work(string kind, string folder, Func<string, IModelEngine> open)
    {
        if (kind == "external")
        {
            return ExternalWorker.RunProcess(folder, open, new ManagedAdapterInspector());
        }

        GiveWay();
        using var leash = new WorkerLeash(Console.In, Console.Out, () => Environment.Exit(Orphaned));
        return kind switch
        {
            "job" => new JobWorker(folder, leash, open, TimeProvider.System).Run(),
            "export" => new ExportWorker(folder, leash, new ManagedExporter()).Run(),
            _ => new EvaluationWorker(folder, leash, open, encoder => new ManagedComparer(encoder)).Run(),
        };
    }

    /// <summary>Takes the folder for this process alone; null where another has it. The system lets go when the process ends.</summary>
    internal static FileStream? Hold(string folder)
    {
        try
        {
            return new FileStream(
                new JobFolder(folder).Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }

    // Serving goes first: whoever waits for an answer is a person.
    private static void GiveWay()
    {
        using var self = Process.GetCurrentProcess();
        self.PriorityClass = ProcessPriorityClass.BelowNormal;
    }
}
