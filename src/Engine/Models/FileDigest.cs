using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Ratchet.Engine.Models;

/// <summary>SHA-256 of files, computed again only where size or time of change differ.</summary>
internal static class FileDigest
{
    private static readonly ConcurrentDictionary<(string Path, long Bytes, long Ticks), string> Known = new();

    // Weights, settings and a tokenizer's files; pictures and read-me files make no other model.
    private static readonly string[] ModelEndings = [".safetensors", ".json", ".model", ".txt", ".jinja"];

    /// <summary>Lower-case hexadecimal SHA-256 of the names and digests of a model folder's files, in order of their names.</summary>
    public static string OfFolder(string folder)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string path in Directory.GetFiles(folder).Where(IsOfModel).Order(StringComparer.Ordinal))
        {
            digest.AppendData(Encoding.UTF8.GetBytes($"{Path.GetFileName(path)} {Of(path)}\n"));
        }

        return Convert.ToHexStringLower(digest.GetHashAndReset());
    }

    private static bool IsOfModel(string path) => ModelEndings.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

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
