using System.Globalization;

namespace Ratchet.EndToEnd.Tests;

/// <summary>A process that some host has started, as Linux tells of it in /proc.</summary>
public sealed record ServiceProcess(int Id, IReadOnlyList<string> Arguments, IReadOnlyList<string> Environment)
{
    /// <summary>All that were given this data folder: the services of one host and of no other.</summary>
    public static IEnumerable<ServiceProcess> On(string data)
    {
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out int id)
                && Read(folder, "environ") is var environment && environment.Contains($"Ratchet__Data={data}"))
            {
                yield return new ServiceProcess(id, Read(folder, "cmdline"), environment);
            }
        }
    }

    /// <summary>Where this very process listens, past any proxy.</summary>
    public string? Address => Variable("ASPNETCORE_URLS")?.Split(';')[0];

    public string? Variable(string name) => Environment
        .FirstOrDefault(line => line.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..];

    private static string[] Read(string folder, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, file)).Split('\0');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
