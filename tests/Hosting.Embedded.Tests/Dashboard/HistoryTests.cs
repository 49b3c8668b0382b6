using System.Globalization;
using AngleSharp.Html.Dom;
using Aspire.Hosting.Dashboard.History;
using Aspire.Hosting.Dashboard.Otlp;

namespace Ratchet.Hosting.Embedded.Tests.Dashboard;

/// <summary>What a run has told can be looked at after it has ended.</summary>
public sealed class HistoryTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ratchet-dashboard-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_past_run_is_chosen_on_every_page()
    {
        await using (RunningDashboard before = await RunningDashboard.StartAsync(dataFolder: _folder.FullName))
        {
            await SampleTelemetry.SendAsync(before);
            await SampleTelemetry.ShowResourcesAsync(before);

            // 26 deliveries, 5 states and 3 lines; a state may have been written over before it was told.
            await RunningDashboard.UntilAsync(() => before.RecordedCount >= 34, "the history on disk");
        }

        await using RunningDashboard now = await RunningDashboard.StartAsync(dataFolder: _folder.FullName);
        await now.LogInAsync();
        IHtmlDocument live = await now.PageAsync("/traces");
        string run = live.QuerySelectorAll("#run option").Select(option => option.GetAttribute("value")!).Single(value => value.Length > 0);
        Assert.Empty(live.QuerySelectorAll("td.lead a"));

        IHtmlDocument traces = await now.PageAsync($"/traces?run={run}");
        Assert.Equal(2, traces.QuerySelectorAll("td.lead a").Length);
        Assert.Contains(run, traces.QuerySelector("td.lead a")!.GetAttribute("href"), StringComparison.Ordinal);
        Assert.Null(traces.QuerySelector("[data-live-source]"));
        Assert.Equal(4, (await now.PageAsync($"/structuredlogs?run={run}")).QuerySelectorAll("td.lead a").Length);
        Assert.Equal(3, (await now.PageAsync($"/consolelogs?run={run}")).QuerySelectorAll(".console li").Length);
        Assert.Equal(3, (await now.PageAsync($"/metrics?run={run}")).QuerySelectorAll(".metrics nav li").Length);
        Assert.Contains("service-key", (await now.PageAsync($"/parameters?run={run}")).QuerySelector("table")!.TextContent, StringComparison.Ordinal);
        IHtmlDocument resources = await now.PageAsync($"/?run={run}&resource=gateway&secrets=1");
        Assert.Contains("Running, healthy", resources.QuerySelector("tr[data-resource=gateway]")!.TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", resources.DocumentElement.TextContent, StringComparison.Ordinal);
        Assert.Empty(resources.QuerySelectorAll("form[method=post]"));
    }

    [Fact]
    public void Ten_runs_are_kept_and_the_oldest_is_deleted_whole()
    {
        string runs = _folder.CreateSubdirectory("runs").FullName;
        for (int day = 1; day <= 12; day++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"202601{day:00}-080000-000.run.db");
            File.WriteAllText(Path.Combine(runs, name), "");
            File.WriteAllText(Path.Combine(runs, name + "-wal"), "");
        }

        var archive = new RunArchive(_folder.FullName, TimeProvider.System);

        Assert.Equal(9, archive.Runs().Count);
        Assert.Equal("20260112-080000-000", archive.Runs()[0].Id);
        Assert.Equal(18, Directory.GetFiles(runs).Length);
    }

    [Fact]
    public async Task A_run_that_tells_too_much_loses_its_oldest_and_a_torn_file_is_passed_over()
    {
        var archive = new RunArchive(_folder.FullName, TimeProvider.System);
        await using (var recorder = new RunRecorder(archive.CurrentPath, TimeProvider.System, fault => Assert.Fail(fault.ToString()), deliveryBytesMax: 20_000))
        {
            for (int i = 1; i <= 40; i++)
            {
                recorder.Record(OtlpSignal.Traces, Requests.Traces("loud", Requests.Span((ulong)i, 1, $"span {i}", attributes: [("noise", Noise(i))])));
                long wanted = i;
                await RunningDashboard.UntilAsync(() => recorder.WrittenCount >= wanted, "the delivery on disk");
            }
        }

        await Task.Delay(2);
        var later = new RunArchive(_folder.FullName, TimeProvider.System);
        RunInfo run = Assert.Single(later.Runs());
        PastRun past = later.Load(run)!;
        Assert.InRange(past.Store.Traces.Snapshot().Count, 5, 30);
        Assert.Contains(past.Store.Traces.Snapshot(), trace => trace.Root.Name == "span 40");
        Assert.DoesNotContain(past.Store.Traces.Snapshot(), trace => trace.Root.Name == "span 1");

        File.WriteAllText(Path.Combine(_folder.FullName, "runs", "20200101-000000-000.run.db"), "this is no database, whatever its name says");
        Assert.Null(later.Load(later.Runs().Single(one => one.Id == "20200101-000000-000")));
    }

    // Text that does not pack well.
    private static string Noise(int seed)
    {
        byte[] bytes = new byte[1000];
        new Random(seed).NextBytes(bytes);
        return Convert.ToBase64String(bytes);
    }
}
