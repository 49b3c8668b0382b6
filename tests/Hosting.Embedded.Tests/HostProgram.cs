using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Ratchet.HostedSample;

namespace Ratchet.Hosting.Embedded.Tests;

/// <summary>The sample's host, started as people start an AppHost.</summary>
public sealed partial class HostProgram : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly StringBuilder _output = new();

    private HostProgram(Process process)
    {
        Process = process;
        process.OutputDataReceived += (_, line) =>
        {
            lock (_output)
            {
                _output.Append(line.Data).Append('\n');
            }
        };
        process.BeginOutputReadLine();
    }

    public Process Process { get; }

    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Starts it and waits until both services answer.</summary>
    public static async Task<HostProgram> StartAsync()
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        foreach (string argument in new[] { "exec", typeof(SampleProject).Assembly.Location, "host" })
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment.Remove("ASPNETCORE_URLS");
        var host = new HostProgram(Process.Start(start)!);
        await host.PageWithAsync("second", "Running, healthy");
        return host;
    }

    public async Task<int> PidAsync(string resource) => int.Parse(await GetAsync(resource, "pid"), CultureInfo.InvariantCulture);

    public async Task<int> SpawnAsync(string resource)
    {
        using var client = new HttpClient();
        using HttpResponseMessage response = await client.PostAsync(new Uri(await UrlAsync(resource), "spawn"), content: null);
        return int.Parse(await response.Content.ReadAsStringAsync(), CultureInfo.InvariantCulture);
    }

    /// <summary>Where a service listens, as the dashboard shows it.</summary>
    public async Task<Uri> UrlAsync(string resource)
    {
        string row = Row(await PageWithAsync(resource, "Running, healthy"), resource);
        return new Uri(ServiceUrl().Match(row).Groups["url"].Value);
    }

    public async ValueTask DisposeAsync()
    {
        if (!Process.HasExited)
        {
            Process.Kill();
        }

        await Process.WaitForExitAsync();
        Process.Dispose();
    }

    private async Task<string> GetAsync(string resource, string path)
    {
        using var client = new HttpClient();
        return await client.GetStringAsync(new Uri(await UrlAsync(resource), path));
    }

    private async Task<string> PageWithAsync(string resource, string text)
    {
        var watch = Stopwatch.StartNew();
        using var client = new HttpClient(new HttpClientHandler { CookieContainer = new CookieContainer() });
        while (watch.Elapsed < Patience)
        {
            if (LoginUrl().Match(Output) is { Success: true } login)
            {
                string page = await client.GetStringAsync(new Uri(login.Value));
                if (Row(page, resource).Contains(text, StringComparison.Ordinal))
                {
                    return page;
                }
            }

            await Task.Delay(100);
        }

        throw new TimeoutException($"'{resource}' was not '{text}' within {Patience}. The host wrote:\n{Output}");
    }

    private static string Row(string page, string resource) =>
        Regex.Match(page, $"<tr data-resource=\"{resource}\".*?</tr>", RegexOptions.Singleline).Value;

    [GeneratedRegex(@"http://localhost:\d+/login\?t=[0-9a-f]+")]
    private static partial Regex LoginUrl();

    [GeneratedRegex("href=\"(?<url>http://localhost:\\d+)\"")]
    private static partial Regex ServiceUrl();
}
