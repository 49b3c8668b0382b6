using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Ratchet.TrainerService.Infrastructure.Processes;

/// <summary>Signals and process groups of Unix, which .NET has no calls for.</summary>
internal static partial class ProcessSignals
{
    private const int Terminate = 15;
    private const int Kill = 9;

    /// <summary>Makes this process the head of a group of its own: what it starts can be ended together, and it outlives its starter's terminal.</summary>
    public static void LeadGroup() => _ = SetSession();

    /// <summary>SIGTERM: asks a process to save and leave.</summary>
    public static void AskToLeave(int processId) => _ = Send(processId, Terminate);

    /// <summary>SIGKILL for a process and all of its group.</summary>
    public static void KillGroup(int leaderId) => _ = Send(-leaderId, Kill);

    /// <summary>Ends what an earlier keeper left behind: processes whose environment carries this mark. Only where /proc tells.</summary>
    /// <returns>How many.</returns>
    public static int KillMarked(string name, string value)
    {
        int count = 0;
        string mark = $"{name}={value}";
        foreach (string folder in Directory.Exists("/proc") ? Directory.EnumerateDirectories("/proc") : [])
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out int id)
                || id == Environment.ProcessId)
            {
                continue;
            }

            try
            {
                if (Encoding.UTF8.GetString(File.ReadAllBytes(Path.Combine(folder, "environ"))).Split('\0').Contains(mark))
                {
                    count += Send(id, Kill) == 0 ? 1 : 0;
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Another user's process, or one that has just ended.
            }
        }

        return count;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Send(int processId, int signal);

    [LibraryImport("libc", EntryPoint = "setsid")]
    private static partial int SetSession();
}
