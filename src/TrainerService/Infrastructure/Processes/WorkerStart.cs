using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Ratchet.TrainerService.Infrastructure.Processes;

/// <summary>How this program is started once more, as a worker.</summary>
internal static class WorkerStart
{
    /// <summary>With all three streams redirected, and without what is the service's alone.</summary>
    public static ProcessStartInfo For(string kind, string folder)
    {
        var start = new ProcessStartInfo(DotnetHost())
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (string argument in (string[])["exec", typeof(WorkerStart).Assembly.Location, "worker", kind, folder])
        {
            start.ArgumentList.Add(argument);
        }

        // The worker is no web server: what tells the service where to listen must not reach it.
        foreach (string name in start.Environment.Keys.Where(IsServerSetting).ToList())
        {
            start.Environment.Remove(name);
        }

        return start;
    }

    private static bool IsServerSetting(string name) =>
        name.StartsWith("ASPNETCORE_", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("Ratchet__ServiceKey", StringComparison.OrdinalIgnoreCase);

    // The host that runs this process, found from its runtime: .../shared/Microsoft.NETCore.App/VERSION/.
    private static string DotnetHost()
    {
        string root = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        string host = Path.Combine(root, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");
        return File.Exists(host) ? host : "dotnet";
    }
}
