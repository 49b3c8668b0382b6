using System.Diagnostics;

namespace Ratchet.Hosting.Embedded.Tests;

/// <summary>Who is alive.</summary>
public static class ProcessTable
{
    public static bool IsAlive(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);

            // A zombie has ended; only its parent has not asked yet.
            return !process.HasExited && !IsZombie(processId);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }

    public static async Task<bool> EndsAsync(int processId, TimeSpan patience)
    {
        var watch = Stopwatch.StartNew();
        while (IsAlive(processId))
        {
            if (watch.Elapsed > patience)
            {
                return false;
            }

            await Task.Delay(50);
        }

        return true;
    }

    private static bool IsZombie(int processId)
    {
        string file = $"/proc/{processId}/stat";
        try
        {
            return File.Exists(file) && File.ReadAllText(file).Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return true;
        }
    }
}
