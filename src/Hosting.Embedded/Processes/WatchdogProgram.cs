using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Aspire.Hosting.Processes;

/// <summary>
/// The program that outlives the host by a moment: reads the ids of its processes from a pipe, and when the pipe ends, because the
/// host has died in whatever way, ends them all.
/// </summary>
internal static class WatchdogProgram
{
    public const string Verb = "watchdog";
    public const char Started = '+';
    public const char Ended = '-';

    public static int Run(TextReader input)
    {
        if (!OperatingSystem.IsWindows())
        {
            // Away from the host's terminal and group: what kills those must not take the watchdog along.
            _ = NativeProcess.StartSession();
        }

        var processes = new HashSet<int>();
        while (input.ReadLine() is { Length: > 1 } line)
        {
            int id = int.Parse(line.AsSpan(1), CultureInfo.InvariantCulture);
            _ = line[0] == Started ? processes.Add(id) : processes.Remove(id);
        }

        foreach (int id in processes)
        {
            End(id);
        }

        return 0;
    }

    /// <summary>Ends a process and all that it has started.</summary>
    public static void End(int processId)
    {
        if (OperatingSystem.IsWindows())
        {
            try
            {
                using var process = Process.GetProcessById(processId);
                process.Kill(entireProcessTree: true);
            }
            catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
            {
                // It had ended by itself.
            }

            return;
        }

        // The launcher may not have started its session yet; then there is only the process.
        _ = NativeProcess.Signal(-processId, NativeProcess.SignalKill);
        _ = NativeProcess.Signal(processId, NativeProcess.SignalKill);
    }
}
