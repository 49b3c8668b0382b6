namespace Ratchet.ServiceDefaults.Storage;

/// <summary>The one folder that a service writes to; held by one process at a time.</summary>
public sealed class ServiceData : IDisposable
{
    private readonly FileStream _lock;

    /// <summary>Creates the folder if need be and locks it.</summary>
    /// <exception cref="IOException">Another process holds the folder.</exception>
    public ServiceData(string folder)
    {
        Folder = Path.GetFullPath(folder);
        Directory.CreateDirectory(Folder);
        string path = Path.Combine(Folder, ".lock");
        try
        {
            _lock = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException inner)
        {
            throw new IOException(
                $"{path} is held by another process, and this folder takes one writer. Stop the other Ratchet, or give this "
                + "one a folder of its own with Ratchet:Data (or --data).",
                inner);
        }
    }

    /// <summary>Absolute path.</summary>
    public string Folder { get; }

    /// <summary>The path of a file or folder inside.</summary>
    public string PathOf(params string[] parts) => Path.Combine([Folder, .. parts]);

    public void Dispose() => _lock.Dispose();
}
