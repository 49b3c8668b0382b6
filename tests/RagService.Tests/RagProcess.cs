using System.Diagnostics;
using System.Text;
using Ratchet.Contracts.Rag;

namespace Ratchet.RagService.Tests;

/// <summary>The service as a process of its own, with the bundled encoder, so that it can be killed.</summary>
internal sealed class RagProcess : IDisposable
{
    private readonly Process _process;

    private RagProcess(Process process, HttpClient http)
    {
        _process = process;
        Http = http;
        Rag = new RagClient(http);
    }

    public HttpClient Http { get; }

    public RagClient Rag { get; }

    public static async Task<RagProcess> StartAsync(string dataFolder, IReadOnlyDictionary<string, string>? settings = null)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Ratchet.RagService.dll")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["Ratchet__Data"] = dataFolder;
        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        foreach ((string name, string value) in settings ?? new Dictionary<string, string>())
        {
            start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        start.Environment["Logging__LogLevel__Microsoft.Hosting.Lifetime"] = "Information";
        var said = new StringBuilder();
        var address = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        process.OutputDataReceived += (_, line) => Hear(line.Data, said, address);
        process.ErrorDataReceived += (_, line) => Hear(line.Data, said, address);
        process.Exited += (_, _) => address.TrySetException(
            new InvalidOperationException($"The service ended before it listened: {said}"));
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            return new RagProcess(
                process, new HttpClient { BaseAddress = await address.Task.WaitAsync(TimeSpan.FromMinutes(5)) });
        }
        catch
        {
            process.Kill();
            throw;
        }
    }

    /// <summary>As kill -9: no goodbye, no flush.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
        Http.Dispose();
    }

    private static void Hear(string? line, StringBuilder said, TaskCompletionSource<Uri> address)
    {
        const string Listening = "Now listening on: ";
        lock (said)
        {
            said.AppendLine(line);
        }

        if (line?.IndexOf(Listening, StringComparison.Ordinal) is { } at and >= 0)
        {
            address.TrySetResult(new Uri(line[(at + Listening.Length)..].Trim()));
        }
    }
}
