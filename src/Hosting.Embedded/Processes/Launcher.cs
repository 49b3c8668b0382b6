using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Aspire.Hosting.Processes;

/// <summary>
/// What stands between the host and a service for a moment: starts a session, then becomes the service under the same process id.
/// </summary>
/// <remarks>
/// .NET cannot start a process in a group of its own. With one, Ctrl+C reaches the host alone, which then stops the services in
/// order; and everything that a service has started can be ended with it.
/// </remarks>
internal static class Launcher
{
    public const string Verb = "launch";

    private const int CannotExecute = 127;

    [UnsupportedOSPlatform("windows")]
    public static int Run(string[] command)
    {
        if (NativeProcess.StartSession() < 0)
        {
            Console.Error.WriteLine($"No session of its own for '{command[0]}': {Marshal.GetLastPInvokeErrorMessage()}.");
        }

        NativeProcess.Become(command[0], [.. command, null]);
        Console.Error.WriteLine($"'{command[0]}' could not be started: {Marshal.GetLastPInvokeErrorMessage()}.");
        return CannotExecute;
    }
}
