using System.IO.Compression;
using System.Text.Json;

namespace Ratchet.TestKit;

/// <summary>
/// Reads reference numbers from the folder in RATCHET_GOLDEN where set, else from tests/golden. A file may be there as
/// `x` or as `x.gz`. A file that the folder in RATCHET_GOLDEN lacks is read from tests/golden.
/// </summary>
public static class Golden
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
        MaxDepth = 256,
    };

    private static readonly Lock Gate = new();
    private static string? _unpacked;

    /// <summary>The folder that is read first.</summary>
    public static string Folder => Environment.GetEnvironmentVariable("RATCHET_GOLDEN") is { Length: > 0 } folder
        ? folder
        : Bundled;

    private static string Bundled => Path.Combine(SourceTree.Root, "tests", "golden");

    /// <summary>Whether a file is there, packed or not.</summary>
    public static bool Exists(string name)
    {
        string path = Locate(name);
        return File.Exists(path) || File.Exists(path + ".gz");
    }

    /// <summary>Opens a file.</summary>
    /// <exception cref="FileNotFoundException">Neither the file nor its .gz is there.</exception>
    public static Stream Open(string name)
    {
        string path = Locate(name);
        if (File.Exists(path))
        {
            return File.OpenRead(path);
        }

        return File.Exists(path + ".gz")
            ? new GZipStream(File.OpenRead(path + ".gz"), CompressionMode.Decompress)
            : throw new FileNotFoundException(
                $"There is no golden file {name} and no {name}.gz in {Folder} or {Bundled}. Point RATCHET_GOLDEN at a folder that has it.");
    }

    /// <summary>Reads a JSON file; property names are snake_case there.</summary>
    public static T Read<T>(string name)
    {
        using Stream stream = Open(name);
        return JsonSerializer.Deserialize<T>(stream, Options)!;
    }

    /// <summary>Reads a file of one JSON value a line.</summary>
    public static IEnumerable<T> ReadLines<T>(string name)
    {
        using var reader = new StreamReader(Open(name));
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0)
            {
                yield return JsonSerializer.Deserialize<T>(line, Options)!;
            }
        }
    }

    /// <summary>The path of a file that a reader wants to open by itself; a packed one is unpacked first, once a run.</summary>
    public static string PathOf(string name)
    {
        string path = Locate(name);
        if (File.Exists(path))
        {
            return path;
        }

        lock (Gate)
        {
            _unpacked ??= Directory.CreateTempSubdirectory("ratchet-golden-").FullName;
            string target = Path.Combine(_unpacked, name);
            if (!File.Exists(target))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                using Stream packed = Open(name);
                using FileStream file = File.Create(target);
                packed.CopyTo(file);
            }

            return target;
        }
    }

    /// <summary>Names of the folders inside a folder, in order: those in RATCHET_GOLDEN where it has the folder, else those of tests/golden.</summary>
    public static IReadOnlyList<string> FoldersIn(string name)
        => [.. Directory.GetDirectories(LocateFolder(name)).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    /// <summary>A folder that a reader wants to open by itself; a packed one is unpacked first, once a run.</summary>
    public static string FolderOf(string name)
    {
        string source = LocateFolder(name);
        string[] files = Directory.GetFiles(source, "*", SearchOption.AllDirectories);
        if (!files.Any(f => f.EndsWith(".gz", StringComparison.Ordinal)))
        {
            return source;
        }

        foreach (string file in files)
        {
            string inside = Path.GetRelativePath(source, file);
            string plain = Path.Combine(name, inside.EndsWith(".gz", StringComparison.Ordinal) ? inside[..^3] : inside);
            string unpacked = PathOf(plain);
            lock (Gate)
            {
                _unpacked ??= Directory.CreateTempSubdirectory("ratchet-golden-").FullName;
                string target = Path.Combine(_unpacked, plain);
                if (!File.Exists(target))
                {
                    Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                    File.Copy(unpacked, target);
                }
            }
        }

        return Path.Combine(_unpacked!, name);
    }

    private static string LocateFolder(string name)
    {
        string path = Path.Combine(Folder, name);
        return Directory.Exists(path) ? path : Path.Combine(Bundled, name);
    }

    private static string Locate(string name)
    {
        string path = Path.Combine(Folder, name);
        return File.Exists(path) || File.Exists(path + ".gz") ? path : Path.Combine(Bundled, name);
    }
}
