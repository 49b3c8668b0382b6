using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Ratchet.ServiceDefaults.Storage;

/// <summary>Files that are either the old or the new one after a kill at any line, never a part.</summary>
public static partial class AtomicFile
{
    /// <summary>Writes to a temporary name beside <paramref name="path"/>, flushes to the disk, renames.</summary>
    public static void WriteAllBytes(string path, ReadOnlySpan<byte> content)
    {
        string temporary = TemporaryFor(path);
        try
        {
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }

            Publish(temporary, path);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>As <see cref="WriteAllBytes"/>, for text in UTF-8.</summary>
    public static void WriteAllText(string path, string content) => WriteAllBytes(path, Encoding.UTF8.GetBytes(content));

    /// <summary>Copies a stream to a temporary file of the same folder and flushes it; <see cref="Publish"/> makes it real.</summary>
    /// <param name="path">The final name.</param>
    /// <param name="content">What to write.</param>
    /// <param name="bytesMax">More than this is refused, and the temporary file removed.</param>
    /// <param name="cancellation">Ends the copy, and removes the temporary file.</param>
    /// <returns>The temporary file's path.</returns>
    /// <exception cref="InvalidDataException">The stream is longer than <paramref name="bytesMax"/>.</exception>
    public static async Task<string> WriteTemporaryAsync(
        string path, Stream content, long bytesMax, CancellationToken cancellation)
    {
        string temporary = TemporaryFor(path);
        try
        {
            await using var stream = new FileStream(
                temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16, useAsync: true);
            byte[] buffer = new byte[1 << 16];
            long total = 0;
            int read;
            while ((read = await content.ReadAsync(buffer, cancellation)) > 0)
            {
                total += read;
                if (total > bytesMax)
                {
                    throw new InvalidDataException($"The content is longer than the limit of {bytesMax:N0} bytes.");
                }

                await stream.WriteAsync(buffer.AsMemory(0, read), cancellation);
            }

            stream.Flush(flushToDisk: true);
            return temporary;
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Renames a flushed temporary file to its final name and flushes the folder's entry.</summary>
    public static void Publish(string temporary, string path)
    {
        File.Move(temporary, path, overwrite: true);
        FlushFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Renames a finished folder to its final name, which must be free, and flushes both.</summary>
    public static void PublishFolder(string temporary, string path)
    {
        foreach (string file in Directory.EnumerateFiles(temporary, "*", SearchOption.AllDirectories))
        {
            using SafeFileHandle handle = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite);
            RandomAccess.FlushToDisk(handle);
        }

        Directory.Move(temporary, path);
        FlushFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    private static string TemporaryFor(string path) => $"{path}.{Guid.NewGuid():N}.tmp";

    // A rename is on the disk only when the folder is. Windows has no such call, and needs none.
    private static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        int descriptor = OpenFolder(folder, 0);
        if (descriptor >= 0)
        {
            _ = Flush(descriptor);
            _ = Close(descriptor);
        }
    }

    // .NET opens no folders, so the three calls go to the C library.
    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFolder(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Flush(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
