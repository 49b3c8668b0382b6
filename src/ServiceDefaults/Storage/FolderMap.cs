namespace Ratchet.ServiceDefaults.Storage;

/// <summary>One folder under two names: as this service sees it, and as another machine or container does.</summary>
public sealed class FolderMap
{
    /// <summary>An absolute folder here, for example /data/trainer.</summary>
    public string From { get; set; } = "";

    /// <summary>The same folder there, for example /mnt/ratchet/trainer.</summary>
    public string To { get; set; } = "";

    /// <summary>A path as the other side sees it: by the longest folder that it lies in; unchanged where none fits.</summary>
    public static string Translate(IEnumerable<FolderMap> maps, string path)
    {
        FolderMap? best = maps.Where(map => IsIn(path, map.From)).MaxBy(map => map.From.Length);
        return best is null ? path : best.To.TrimEnd('/') + path[best.From.TrimEnd('/').Length..];
    }

    /// <summary>What is wrong with the maps of a setting, in words.</summary>
    public static IEnumerable<string> Faults(string setting, IReadOnlyList<FolderMap> maps) => maps
        .Select((map, i) => (map, name: $"{setting}:{i}"))
        .Where(entry => !Path.IsPathFullyQualified(entry.map.From) || !entry.map.To.StartsWith('/'))
        .Select(entry => $"{entry.name} maps '{entry.map.From}' to '{entry.map.To}'; From and To must be absolute folders, as "
            + "/data/trainer is.");

    private static bool IsIn(string path, string folder)
    {
        string start = folder.TrimEnd('/');
        return path.StartsWith(start, StringComparison.Ordinal) && (path.Length == start.Length || path[start.Length] == '/');
    }
}
