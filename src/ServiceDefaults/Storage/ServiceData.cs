using System.Globalization;

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

    /// <summary>
    /// The folder of one replica: the first of <c>{folder}-0</c>, <c>{folder}-1</c> ... that no other replica holds. A replica that
    /// starts again finds one that was left, with what was in it.
    /// </summary>
    /// <exception cref="IOException">There are more processes than replicas.</exception>
    public static ServiceData OfReplica(string folder, int replicas)
    {
        for (int i = 0; i < replicas - 1; i++)
        {
            try
            {
                return new ServiceData(string.Create(CultureInfo.InvariantCulture, $"{folder}-{i}"));
            }
            catch (IOException)
            {
                // Another replica's.
            }
        }

        return new ServiceData(string.Create(CultureInfo.InvariantCulture, $"{folder}-{replicas - 1}"));
    }

    /// <summary>Absolute path.</summary>
    public string Folder { get; }

    /// <summary>The path of a file or folder inside.</summary>
    public string PathOf(params string[] parts) => Path.Combine([Folder, .. parts]);

    public void Dispose() => _lock.Dispose();
}
