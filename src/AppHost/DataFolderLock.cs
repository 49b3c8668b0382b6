using System.Globalization;
using System.Text;

namespace Ratchet.AppHost;

/// <summary>The data folder takes one host at a time: each service in it takes one writer.</summary>
internal sealed class DataFolderLock : IDisposable
{
    private readonly FileStream? _file;

    private DataFolderLock(FileStream? file, string? refusal)
    {
        _file = file;
        Refusal = refusal;
    }

    /// <summary>For a host that starts nothing.</summary>
    public static DataFolderLock NotNeeded => new(file: null, refusal: null);

    /// <summary>Who has the folder and what to do, where another host has it; null where it is ours.</summary>
    public string? Refusal { get; }

    /// <summary>Takes the folder; the operating system gives it back whatever way this process ends.</summary>
    public static DataFolderLock Take(string dataFolder)
    {
        string folder = Path.Combine(dataFolder, "host");
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, ".lock");
        try
        {
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            file.SetLength(0);
            file.Write(Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
            file.Flush();
            return new DataFolderLock(file, refusal: null);
        }
        catch (IOException)
        {
            return new DataFolderLock(
                file: null,
                $"Another Ratchet{HolderOf(path)} runs on {dataFolder}, and the folder takes one. Use that one, stop it, or give this one a "
                + "folder of its own with --data.");
        }
    }

    public void Dispose() => _file?.Dispose();

    private static string HolderOf(string path)
    {
        try
        {
            using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
            return reader.ReadToEnd() is { Length: > 0 } id ? $" (process {id})" : "";
        }
        catch (IOException)
        {
            return "";
        }
    }
}
