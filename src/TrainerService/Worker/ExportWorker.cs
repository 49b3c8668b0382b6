using System.Security.Cryptography;
using Ratchet.Contracts.Trainer;
using Ratchet.ServiceDefaults.Storage;
using Ratchet.TrainerService.Jobs;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Worker;

/// <summary>Makes one export: its files appear whole and measured, or not at all.</summary>
public sealed class ExportWorker(string path, WorkerLeash leash, IAdapterExporter exporter)
{
    private readonly ExportFolder _folder = new(path);

    /// <returns>The process's exit code.</returns>
    public int Run()
    {
        if (File.Exists(_folder.Result))
        {
            return WorkerExit.Done;
        }

        string temporary = $"{_folder.Files}.tmp";
        if (Directory.Exists(temporary))
        {
            Directory.Delete(temporary, recursive: true);
        }

        Directory.CreateDirectory(temporary);
        try
        {
            AdapterExport export = exporter.Export(_folder.Read<ExportWork>(_folder.Work), temporary);
            AtomicFile.PublishFolder(temporary, _folder.Files);
            JobFolder.Write(_folder.Result, export with
            {
                Status = ExportFolder.Succeeded,
                Path = _folder.Files,
                Files =
                [
                    .. Directory.EnumerateFiles(_folder.Files).Order(StringComparer.Ordinal).Select(file => new AdapterFile(
                        Path.GetFileName(file), new FileInfo(file).Length, Hash(file))),
                ],
            });
        }
        catch (ExportRefusedException refusal)
        {
            Directory.Delete(temporary, recursive: true);
            JobFolder.Write(_folder.Refusal, new ExportRefusal(refusal.Message));
        }

        leash.Sign();
        return WorkerExit.Done;
    }

    private static string Hash(string file)
    {
        using FileStream stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
