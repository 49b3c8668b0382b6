using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Aspire.Hosting;

namespace Ratchet.EndToEnd.Tests;

/// <summary>The AppHost as a program of its own, to be killed.</summary>
public sealed partial class HostProgram : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly StringBuilder _output = new();
    private readonly Process _process;
    private readonly string _data;

    private HostProgram(Process process, string data)
    {
        _process = process;
        _data = data;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Calls the Gateway.</summary>
    public HttpClient Http { get; } = new() { Timeout = TimeSpan.FromMinutes(2) };

    /// <summary>Whether this build's host is Aspire's.</summary>
    public static bool IsAspire => typeof(DistributedApplication).Assembly.GetName().Name == "Aspire.Hosting";

    /// <summary>The program in its own output folder, with all that it needs beside it; the copy beside the tests lacks some.</summary>
    public static string Location => Path.GetFullPath(Path.Combine(
        AppContext.BaseDirectory, "..", "..", "AppHost", new DirectoryInfo(AppContext.BaseDirectory).Name, "Ratchet.AppHost.dll"));

    /// <summary>The dashboard's address, with the token that lets a browser in.</summary>
    public Uri Dashboard => new(LoginUrl().Match(Output()).Groups["url"].Value);

    /// <summary>Starts it on a data folder and waits until it says that it is ready.</summary>
    /// <param name="data">All state is there.</param>
    /// <param name="environment">Variables beside those of the tests.</param>
    /// <param name="arguments">Further arguments of the host.</param>
    public static async Task<HostProgram> StartAsync(
        string data, IReadOnlyDictionary<string, string>? environment = null, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])["exec", Location, "--data", data, "--DcpPublisher:RandomizePorts=true", .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        // Often enough that a kill costs little, seldom enough that steps have to be done again.
        start.Environment["Trainer__CheckpointEvery"] = "00:00:03";
        var host = new HostProgram(Process.Start(start)!, data);
        var watch = Stopwatch.StartNew();
        while (true)
        {
            if (ChatUrl().Match(host.Output()) is { Success: true } ready)
            {
                host.Http.BaseAddress = new Uri(ready.Groups["url"].Value);
                return host;
            }

            Assert.True(watch.Elapsed < Patience && !host._process.HasExited, $"The host was not ready:\n{host.Output()}");
            await Task.Delay(100);
        }
    }

    /// <summary>Kills the host itself, with no chance to clean up.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Kills the TrainerService, or the worker that trains for it.</summary>
    public async Task KillTrainerAsync(bool worker)
    {
        int id = await FindTrainerAsync(worker);
        using var process = Process.GetProcessById(id);
        process.Kill();
    }

    /// <summary>How many processes work on this data folder.</summary>
    public int ProcessCount() => ServiceProcess.On(_data).Count();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!_process.HasExited)
        {
            using (var terminate = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]))
            {
                await terminate.WaitForExitAsync();
            }

            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private async Task<int> FindTrainerAsync(bool worker)
    {
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < Patience)
        {
            foreach (ServiceProcess process in ServiceProcess.On(_data))
            {
                bool isTrainer = process.Arguments.Any(argument => argument.EndsWith("Ratchet.TrainerService.dll", StringComparison.Ordinal));
                if (isTrainer && process.Arguments.Contains("worker") == worker)
                {
                    return process.Id;
                }
            }

            await Task.Delay(50);
        }

        throw new TimeoutException($"No {(worker ? "worker" : "TrainerService")} was found.\n{Output()}");
    }

    private void Keep(string? line)
    {
        lock (_output)
        {
            _output.Append(line).Append('\n');
        }
    }

    private string Output()
    {
        lock (_output)
        {
            return _output.ToString();
        }
    }

    [GeneratedRegex(@"Chat\s+(?<url>http://\S+)")]
    private static partial Regex ChatUrl();

    [GeneratedRegex(@"Login to the dashboard at (?<url>http://\S+)")]
    private static partial Regex LoginUrl();
}
