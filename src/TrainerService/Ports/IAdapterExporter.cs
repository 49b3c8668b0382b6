using System.Text.Json;
using Ratchet.Contracts;
using Ratchet.Contracts.Trainer;

namespace Ratchet.TrainerService.Ports;

/// <summary>Turns an adapter into files for other programs, reads them again, and measures.</summary>
public interface IAdapterExporter
{
    /// <summary>Writes the files, and refuses to hand out what does not do what the adapter does.</summary>
    /// <param name="work">What to make of what.</param>
    /// <param name="folder">Empty; receives the files.</param>
    /// <returns>All but Status, Path and Files, which the caller fills in.</returns>
    /// <exception cref="ExportRefusedException">The format cannot tell it, or the export came out otherwise.</exception>
    AdapterExport Export(ExportWork work, string folder);
}

/// <summary>What a worker is to export.</summary>
/// <param name="Id">Of the export.</param>
/// <param name="CreatedAt">Unix seconds.</param>
/// <param name="Adapter">Exact id.</param>
/// <param name="AdapterFolder">In PEFT layout.</param>
/// <param name="ModelPath">The base model's file.</param>
/// <param name="ModelName">The base model's name.</param>
/// <param name="Request">Format and type.</param>
public sealed record ExportWork(
    string Id, long CreatedAt, string Adapter, string AdapterFolder, string ModelPath, string ModelName, ExportRequest Request);

/// <summary>The export cannot be made; the message is for whoever asked.</summary>
public sealed class ExportRefusedException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The folder that service and worker share for one export.</summary>
public sealed class ExportFolder(string path)
{
    public const string Running = "running";
    public const string Succeeded = "succeeded";
    public const string Failed = "failed";

    public string Path { get; } = path;

    /// <summary>What to do; written by the service.</summary>
    public string Work => At("export.json");

    /// <summary>The files; there only when they are whole and measured.</summary>
    public string Files => At("files");

    /// <summary>Written by the worker when the files are there.</summary>
    public string Result => At("result.json");

    /// <summary>Written by the worker where the export cannot be made.</summary>
    public string Refusal => At("refusal.json");

    public T Read<T>(string file) => JsonSerializer.Deserialize<T>(File.ReadAllBytes(file), WireJson.Options)!;

    private string At(string name) => System.IO.Path.Combine(Path, name);
}

/// <summary>Why an export was not made.</summary>
public sealed record ExportRefusal(string Message);
