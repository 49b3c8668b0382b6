using System.Diagnostics;

namespace Aspire.Hosting.Processes;

/// <summary>The host's end of the watchdog's pipe.</summary>
internal sealed class Watchdog : IDisposable
{
    private readonly Lock _gate = new();
    private readonly HashSet<int> _processes = [];
    private Process _program = Start();
    private bool _isDisposed;

    public void Add(int processId) => Tell(WatchdogProgram.Started, processId);

    public void Remove(int processId) => Tell(WatchdogProgram.Ended, processId);

    /// <summary>Ends the watchdog, and with it whatever is still on its list.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            _program.StandardInput.Dispose();
            _program.WaitForExit(TimeSpan.FromSeconds(5));
            _program.Dispose();
        }
    }

    private static Process Start()
    {
        ProcessStartInfo start = DotNet.Own(WatchdogProgram.Verb);
        start.RedirectStandardInput = true;
        start.Environment["DOTNET_gcServer"] = "0";
        return Process.Start(start)!;
    }

    private void Tell(char sign, int processId)
    {
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            _ = sign == WatchdogProgram.Started ? _processes.Add(processId) : _processes.Remove(processId);
            try
            {
                Write(sign, processId);
            }
            catch (IOException)
            {
                // Somebody has killed the watchdog. Another one takes over, with the whole list.
                _program.Dispose();
                _program = Start();
                foreach (int known in _processes)
                {
                    Write(WatchdogProgram.Started, known);
                }
            }
        }
    }

    private void Write(char sign, int processId)
    {
        _program.StandardInput.WriteLine($"{sign}{processId}");
        _program.StandardInput.Flush();
    }
}
