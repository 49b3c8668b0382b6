using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Ratchet.TrainerService.Infrastructure.Processes;

/// <summary>A program that runs beside this one: its lines are read one by one, and kept in a file of bounded length.</summary>
internal sealed class LoggedCommand : IDisposable
{
    private const int LinesWaitingMax = 4096;
    private const int LastLinesMax = 30;

    // Children that the program left behind may hold its output open for ever.
    private static readonly TimeSpan DrainPatience = TimeSpan.FromSeconds(5);

    private readonly Process _process;
    private readonly BlockingCollection<string> _lines = new(LinesWaitingMax);
    private readonly Queue<string> _lastLines = new();
    private readonly FileStream _log;
    private readonly long _logBytesMax;
    private readonly Task _drained;
    private bool _logIsFull;
    private long? _exitedAt;

    /// <exception cref="System.ComponentModel.Win32Exception">There is no such program, or it may not be run.</exception>
    public LoggedCommand(ProcessStartInfo start, string logPath, long logBytesMax)
    {
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.UseShellExecute = false;
        _process = Process.Start(start)!;
        _process.StandardInput.Close();
        _logBytesMax = logBytesMax;
        _log = new FileStream(logPath, FileMode.Append, FileAccess.Write, FileShare.Read);
        _drained = Task.WhenAll(
            Task.Run(() => ReadAsync(_process.StandardOutput.BaseStream)), Task.Run(() => ReadAsync(_process.StandardError.BaseStream)));
    }

    /// <summary>Of the program itself.</summary>
    public int ProcessId => _process.Id;

    public int ExitCode => _process.ExitCode;

    /// <summary>The end of what it printed.</summary>
    public string LastWords => string.Join('\n', _lastLines);

    /// <summary>Whether the program has ended and everything that it printed was read.</summary>
    public bool HasEnded()
    {
        if (!_process.HasExited)
        {
            return false;
        }

        _exitedAt ??= Stopwatch.GetTimestamp();
        return _lines.Count == 0 && (_drained.IsCompleted || Stopwatch.GetElapsedTime(_exitedAt.Value) > DrainPatience);
    }

    /// <summary>The next line; null where none came in that time.</summary>
    public string? Read(TimeSpan wait)
    {
        if (!_lines.TryTake(out string? line, wait))
        {
            return null;
        }

        _lastLines.Enqueue(line);
        if (_lastLines.Count > LastLinesMax)
        {
            _lastLines.Dequeue();
        }

        Keep(line);
        return line;
    }

    public void AskToLeave()
    {
        if (!_process.HasExited)
        {
            ProcessSignals.AskToLeave(_process.Id);
        }
    }

    /// <summary>Ends the program and what it started.</summary>
    public void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception or AggregateException)
        {
            // It, or a part of it, has ended by itself.
        }
    }

    public void Dispose()
    {
        Kill();
        _log.Dispose();
        _process.Dispose();
    }

    private async Task ReadAsync(Stream output)
    {
        var cutter = new OutputLines();
        byte[] buffer = new byte[1 << 14];
        try
        {
            int read;
            do
            {
                read = await output.ReadAsync(buffer);
                foreach (string line in cutter.Add(buffer.AsSpan(0, read), isLast: read == 0))
                {
                    _lines.Add(line);
                }
            }
            while (read > 0);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The pipe broke: what came is all there is.
        }
    }

    private void Keep(string line)
    {
        if (_logIsFull)
        {
            return;
        }

        byte[] bytes = Encoding.UTF8.GetBytes(line + "\n");
        if (_log.Length + bytes.Length > _logBytesMax)
        {
            _logIsFull = true;
            bytes = Encoding.UTF8.GetBytes(string.Create(
                CultureInfo.InvariantCulture, $"[the log has reached {_logBytesMax:N0} bytes (Trainer:External:LogBytesMax); what follows is not kept]\n"));
        }

        _log.Write(bytes);
        _log.Flush();
    }
}
