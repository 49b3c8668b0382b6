using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Aspire.Hosting.Processes;

/// <summary>Where the running .NET is, and how this assembly is started as a program.</summary>
internal static class DotNet
{
    /// <summary>The <c>dotnet</c> that belongs to the running runtime, so that a child never runs on another one.</summary>
    public static string Program { get; } = Find();

    /// <summary>Starts this assembly as launcher or watchdog.</summary>
    public static ProcessStartInfo Own(string verb)
    {
        var start = new ProcessStartInfo(Program);
        string assembly = typeof(DotNet).Assembly.Location;
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add("--runtimeconfig");
        start.ArgumentList.Add(Path.ChangeExtension(assembly, ".runtimeconfig.json"));
        start.ArgumentList.Add(assembly);
        start.ArgumentList.Add(verb);
        return start;
    }

    private static string Find()
    {
        string name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";

        // <root>/shared/Microsoft.NETCore.App/<version>/
        string beside = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", name));
        return File.Exists(beside) ? beside : Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? name;
    }
}
