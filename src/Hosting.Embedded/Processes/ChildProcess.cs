using System.Diagnostics;

namespace Aspire.Hosting.Processes;

/// <summary>A process that ends with the host, together with everything that it has started itself.</summary>
internal sealed class ChildProcess
{
    // What the host itself was started with says nothing about its children.
    private static readonly string[] HostOnly =
    [
        "ASPNETCORE_URLS", "DOTNET_LAUNCH_PROFILE", "ASPIRE_ALLOW_UNSECURED_TRANSPORT", "ASPIRE_DASHBOARD_FRONTEND_BROWSERTOKEN",
        "MSBuildSDKsPath", "MSBuildExtensionsPath", "MSBUILD_EXE_PATH", "DOTNET_CLI_TELEMETRY_SESSIONID",
        "TESTINGPLATFORM_UI_LANGUAGE", "DOTNET_HOST_PATH",
    ];

    private readonly Process _process;
    private readonly Watchdog _watchdog;
    private readonly Task _reading;

    private ChildProcess(Process process, Watchdog watchdog, Action<string, bool> onLine)
    {
        _process = process;
        Id = process.Id;
        _watchdog = watchdog;
        _reading = Task.WhenAll(
            ReadAsync(process.StandardOutput, line => onLine(line, false)), ReadAsync(process.StandardError, line => onLine(line, true)));
        Exited = WaitAsync();
    }

    public int Id { get; }

    /// <summary>The exit code, once the process and all that it has started are gone.</summary>
    public Task<int> Exited { get; }

    /// <param name="spec">What to start.</param>
    /// <param name="watchdog">Ends the process if the host dies.</param>
    /// <param name="onLine">Gets each line and whether it went to standard error.</param>
    public static ChildProcess Start(ProcessSpec spec, Watchdog watchdog, Action<string, bool> onLine)
    {
        ProcessStartInfo start = OperatingSystem.IsWindows() ? new ProcessStartInfo() : DotNet.Own(Launcher.Verb);
        if (OperatingSystem.IsWindows())
        {
            start.FileName = spec.Command;
        }
        else
        {
            start.ArgumentList.Add(spec.Command);
        }

        foreach (string argument in spec.Arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (string name in HostOnly)
        {
            start.Environment.Remove(name);
        }

        foreach ((string name, string value) in spec.Environment)
        {
            start.Environment[name] = value;
        }

        start.WorkingDirectory = spec.WorkingDirectory;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;

        // Left open and never written: a child that reads its input does not take the host's, and sees the end of it when the host is gone.
        start.RedirectStandardInput = true;
        var process = Process.Start(start)!;
        watchdog.Add(process.Id);
        return new ChildProcess(process, watchdog, onLine);
    }

    /// <summary>Asks the process to stop, and ends it with all that it has started when it has not done so in time.</summary>
    public async Task StopAsync(TimeSpan grace)
    {
        if (Exited.IsCompleted)
        {
            return;
        }

        if (OperatingSystem.IsWindows())
        {
            // A console program there cannot be asked from outside; services survive a kill at any moment.
            WatchdogProgram.End(Id);
        }
        else
        {
            // The service alone: what it has started is for it to stop.
            _ = NativeProcess.Signal(Id, NativeProcess.SignalTerminate);
        }

        if (await Task.WhenAny(Exited, Task.Delay(grace)) != Exited)
        {
            WatchdogProgram.End(Id);
        }

        await Exited;
    }

    private async Task<int> WaitAsync()
    {
        // Not WaitForExitAsync's own reading of output: a grandchild that holds the pipe would keep it waiting for ever.
        await _process.WaitForExitAsync();
        int exitCode = _process.ExitCode;
        if (!OperatingSystem.IsWindows())
        {
            _ = NativeProcess.Signal(-Id, NativeProcess.SignalKill);
        }

        _watchdog.Remove(Id);
        await Task.WhenAny(_reading, Task.Delay(TimeSpan.FromSeconds(2)));
        _process.Dispose();
        return exitCode;
    }

    private static async Task ReadAsync(StreamReader reader, Action<string> onLine)
    {
        try
        {
            while (await reader.ReadLineAsync() is { } line)
            {
                onLine(line);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The pipe broke with the process; its exit code says the rest.
        }
    }
}
