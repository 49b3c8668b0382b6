using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Aspire.Hosting.Processes;

/// <summary>The few calls of the C library that .NET has no words for.</summary>
[UnsupportedOSPlatform("windows")]
internal static partial class NativeProcess
{
    public const int SignalTerminate = 15;
    public const int SignalKill = 9;

    /// <summary>Makes this process the head of a session of its own: the terminal's Ctrl+C and hang-up no longer reach it.</summary>
    [LibraryImport("libc", EntryPoint = "setsid", SetLastError = true)]
    public static partial int StartSession();

    /// <summary>Sends a signal to a process, or to a whole group where the id is negative.</summary>
    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Signal(int processId, int signal);

    /// <summary>Becomes another program, found along PATH. Returns only if that failed.</summary>
    /// <param name="file">The program.</param>
    /// <param name="arguments">Its arguments, the program's name first and a null last.</param>
    [LibraryImport("libc", EntryPoint = "execvp", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Become(string file, string?[] arguments);
}
