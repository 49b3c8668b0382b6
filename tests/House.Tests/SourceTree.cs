namespace Ratchet.House.Tests;

/// <summary>A folder of sources to hold rules against: the repository, or a small one that a test has planted.</summary>
public sealed class SourceTree(string root)
{
    private static readonly string[] BuildOutput = ["bin", "obj", "artifacts", ".git", "data", "node_modules"];

    // Launch settings: no code, so no room.
    private static readonly string[] NoRooms = ["Properties"];

    public static SourceTree Repository { get; } = new(FindRepository());

    public string Root { get; } = root;

    /// <summary>Files under <paramref name="folder"/>, relative to the root, with forward slashes, in ordinal order.</summary>
    public IReadOnlyList<string> Files(string folder, string pattern = "*.cs")
    {
        string full = Path.Combine(Root, folder);
        return !Directory.Exists(full)
            ? []
            :
            [
                .. Directory.EnumerateFiles(full, pattern, SearchOption.AllDirectories)
                    .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
                    .Where(file => !file.Split('/').SkipLast(1).Any(BuildOutput.Contains))
                    .Order(StringComparer.Ordinal),
            ];
    }

    public IReadOnlyList<string> Folders(string folder)
    {
        string full = Path.Combine(Root, folder);
        return !Directory.Exists(full)
            ? []
            :
            [
                .. Directory.GetDirectories(full)
                    .Select(path => Path.GetFileName(path))
                    .Where(name => !BuildOutput.Contains(name) && !NoRooms.Contains(name))
                    .Order(StringComparer.Ordinal),
            ];
    }

    public string[] Lines(string file) => File.ReadAllLines(Path.Combine(Root, file));

    public string Text(string file) => File.ReadAllText(Path.Combine(Root, file));

    private static string FindRepository()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Aspire.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException(
            $"No folder above {AppContext.BaseDirectory} holds Aspire.sln; the house rules need the sources.");
    }
}
