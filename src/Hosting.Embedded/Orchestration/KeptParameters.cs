using System.Text.Json;
using Aspire.Hosting.Dashboard;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Orchestration;

/// <summary>Values that a host made up once and has to know again at its next start: passwords that a data folder was made with.</summary>
/// <remarks>Upstream keeps them in the AppHost's user secrets; this host keeps them beside its other memory, readable by its user alone.</remarks>
internal static class KeptParameters
{
    private const string FileName = "parameters.json";
    private const int FileBytesMax = 1 << 20;
    private static readonly Lock Gate = new();

    /// <summary>The value kept under this name, or the one that <paramref name="make"/> gives, which is kept from now on.</summary>
    /// <exception cref="DistributedApplicationException">There is no folder to keep it in, or what is in it cannot be read.</exception>
    public static string Get(IConfiguration configuration, string name, Func<string> make)
    {
        string folder = configuration[DashboardOptions.DataFolderKey] is { Length: > 0 } given
            ? given
            : throw new DistributedApplicationException(
                $"Parameter '{name}' is to be kept (persist: true), and no folder is named to keep it in. Set configuration key "
                + $"'{DashboardOptions.DataFolderKey}', or 'Parameters:{name}' to the value itself, or leave persist out.");
        string path = Path.Combine(folder, FileName);
        lock (Gate)
        {
            Dictionary<string, string> kept = Read(path);
            if (!kept.TryGetValue(name, out string? value))
            {
                kept[name] = value = make();
                Directory.CreateDirectory(folder);
                Write(path, kept);
            }

            return value;
        }
    }

    private static Dictionary<string, string> Read(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            return [];
        }

        try
        {
            return file.Length <= FileBytesMax && JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllBytes(path)) is { } kept
                ? kept
                : throw Unreadable(path, "it is not a small object of strings");
        }
        catch (JsonException e)
        {
            throw Unreadable(path, e.Message);
        }
    }

    // Never overwritten: what is in it may be the only key to a database.
    private static DistributedApplicationException Unreadable(string path, string reason) => new(
        $"{path} holds the parameters that are to be kept and cannot be read: {reason}. Mend it, or remove it to have new values made.");

    private static void Write(string path, Dictionary<string, string> kept)
    {
        string temporary = path + ".new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var stream = new FileStream(temporary, options))
        {
            JsonSerializer.Serialize(stream, kept);
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }
}
