using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Ratchet.Engine.Models;

/// <summary>SHA-256 of files, computed again only where size or time of change differ.</summary>
internal static class FileDigest
{
    private static readonly ConcurrentDictionary<(string Path, long Bytes, long Ticks), string> Known = new();

    /// <summary>Lower-case hexadecimal SHA-256 of a file.</summary>
    public static string Of(string path)
    {
        var file = new FileInfo(path);
        (string FullName, long Length, long Ticks) key = (file.FullName, file.Length, file.LastWriteTimeUtc.Ticks);
        if (!Known.TryGetValue(key, out string? digest))
        {
            using FileStream stream = file.OpenRead();
            digest = Convert.ToHexStringLower(SHA256.HashData(stream));
            Known[key] = digest;
        }

        return digest;
    }
}
