using System.Globalization;
using System.Text;
using Ratchet.ServiceDefaults.Storage;

namespace Ratchet.ServiceDefaults.Locks;

/// <summary>Locks for the processes of one machine: a file each, held open. The system releases it when its holder dies.</summary>
public sealed class FileLock(ServiceData data) : IDistributedLock
{
    public Task<HeldLock?> TryTakeAsync(string name, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        string folder = data.PathOf("locks");
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, FileNameOf(name));
        try
        {
            return Task.FromResult<HeldLock?>(new HeldFile(path));
        }
        catch (IOException)
        {
            return Task.FromResult<HeldLock?>(null);
        }
    }

    // Names may hold what file names may not.
    private static string FileNameOf(string name) => $"{Convert.ToHexStringLower(Encoding.UTF8.GetBytes(name))}.lock";

    private static long NextToken(FileStream file)
    {
        byte[] kept = new byte[Math.Min(file.Length, 32)];
        file.ReadExactly(kept);
        long token = long.TryParse(kept, NumberStyles.None, CultureInfo.InvariantCulture, out long last) ? last + 1 : 1;

        // Never shorter than before, so that a kill between the two lines leaves no smaller number.
        file.Position = 0;
        file.Write(Encoding.ASCII.GetBytes(token.ToString("D19", CultureInfo.InvariantCulture)));
        file.Flush(flushToDisk: true);
        return token;
    }

    private sealed class HeldFile : HeldLock
    {
        private readonly FileStream _file;

        public HeldFile(string path)
        {
            _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            Token = NextToken(_file);
        }

        public override long Token { get; }

        // The system keeps the file for as long as this process lives, paused or not.
        public override CancellationToken Lost => CancellationToken.None;

        public override ValueTask DisposeAsync() => _file.DisposeAsync();
    }
}
