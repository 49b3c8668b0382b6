using System.Diagnostics;
using System.Globalization;
using Aspire.Hosting.Dashboard.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Trace;

namespace Ratchet.Hosting.Embedded.Tests.Dashboard;

/// <summary>Ten thousand spans a second from the real SDK: nothing piles up, and the pages answer meanwhile.</summary>
/// <remarks>Five seconds a protocol; RATCHET_LOAD_SECONDS=30 for the whole of it.</remarks>
public sealed class LoadTests(ITestOutputHelper output)
{
    private const int SpansPerSecond = 10_000;
    private const int TickMilliseconds = 50;

    // The page is to answer within 300 ms. A machine that builds and tests beside us may take its time, so the median counts, with slack.
    private static readonly TimeSpan PageMedianMax = TimeSpan.FromMilliseconds(300 * 3);

    // What is kept is bounded at 192 MiB; the rest of the process, sender and garbage included, has as much again.
    private const long BytesMax = 512L * 1024 * 1024;

    [Theory]
    [InlineData(OtlpExportProtocol.Grpc)]
    [InlineData(OtlpExportProtocol.HttpProtobuf)]
    public async Task Ten_thousand_spans_a_second_are_taken_in_within_bounds(OtlpExportProtocol protocol)
    {
        int seconds = int.TryParse(Environment.GetEnvironmentVariable("RATCHET_LOAD_SECONDS"), CultureInfo.InvariantCulture, out int asked) ? asked : 5;
        await using RunningDashboard dashboard = await RunningDashboard.StartAsync();
        await dashboard.LogInAsync();
        string name = $"Load.{protocol}";
        using var source = new ActivitySource(name);
        using TracerProvider provider = Sdk.CreateTracerProviderBuilder().AddSource(name).SetResourceBuilder(ExporterTests.Service()).SetSampler(new AlwaysOnSampler())
            .AddOtlpExporter(options =>
            {
                ExporterTests.Point(options, dashboard, protocol, "traces");
                options.BatchExportProcessorOptions = new() { MaxQueueSize = 200_000, MaxExportBatchSize = 512, ScheduledDelayMilliseconds = 100 };
            }).Build();

        long before = GC.GetTotalMemory(forceFullCollection: true);
        var pages = new List<TimeSpan>();
        using var done = new CancellationTokenSource();
        var looking = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                var page = Stopwatch.StartNew();
                await dashboard.PageAsync("/traces?sort=-duration");
                pages.Add(page.Elapsed);
                await Task.Delay(200);
            }
        });

        int sent = await SendAsync(source, seconds);
        provider.ForceFlush(60_000);
        await RunningDashboard.UntilAsync(() => dashboard.Store.Traces.SpanCount >= sent, $"{sent} spans taken in, {dashboard.Store.Traces.SpanCount} are");
        await done.CancelAsync();
        await looking;

        pages.Sort();
        TimeSpan median = pages[pages.Count / 2];
        long memory = GC.GetTotalMemory(forceFullCollection: true) - before;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{protocol}: {sent} spans in {seconds} s; {dashboard.Store.Traces.Snapshot().Count} traces kept, {dashboard.Store.Traces.DroppedCount} dropped, "
            + $"{dashboard.Store.Traces.Bytes / 1e6:0} MB estimated, {memory / 1e6:0} MB measured; page median {median.TotalMilliseconds:0} ms, worst "
            + $"{pages[^1].TotalMilliseconds:0} ms of {pages.Count}"));
        Assert.Equal(seconds * SpansPerSecond, sent);
        Assert.Equal(sent, dashboard.Store.Traces.SpanCount);
        Assert.InRange(dashboard.Store.Traces.Snapshot().Count, 1, new TelemetryLimits().TracesPerResource);

        // Less than nothing where what earlier tests left was freed meanwhile.
        Assert.InRange(memory, long.MinValue, BytesMax);
        Assert.InRange(median, TimeSpan.Zero, PageMedianMax);
    }

    // Four spans a trace, as a request through the gateway makes; each tick sends what is due by the clock.
    private static async Task<int> SendAsync(ActivitySource source, int seconds)
    {
        var clock = Stopwatch.StartNew();
        int sent = 0;
        int all = seconds * SpansPerSecond;
        while (sent < all)
        {
            int due = (int)Math.Min(all, clock.Elapsed.TotalSeconds * SpansPerSecond);
            while (sent < due)
            {
                using Activity root = source.StartActivity("POST /v1/chat/completions", ActivityKind.Server, default(ActivityContext))!;
                root.SetTag("http.route", "/v1/chat/completions").SetTag("http.response.status_code", 200).SetTag("url.path", "/v1/chat/completions");
                for (int child = 0; child < 3; child++)
                {
                    using Activity span = source.StartActivity("retrieve", ActivityKind.Client)!;
                    span.SetTag("server.address", "localhost").SetTag("server.port", 5381).SetTag("ratchet.hits", child);
                }

                sent += 4;
            }

            await Task.Delay(TickMilliseconds);
        }

        return sent;
    }
}
