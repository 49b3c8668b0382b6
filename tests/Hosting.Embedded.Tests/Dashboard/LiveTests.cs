using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard.Otlp;
using Aspire.Hosting.Dashboard.Telemetry;

namespace Ratchet.Hosting.Embedded.Tests.Dashboard;

/// <summary>Open pages and following programs hear of what is new.</summary>
public sealed class LiveTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_page_hears_of_new_traces_and_not_of_new_logs()
    {
        await using RunningDashboard dashboard = await StartAsync();
        using StreamReader stream = await OpenAsync(dashboard, "/api/changes?of=traces");
        Assert.Equal("event: open", await NextAsync(stream, "event:"));
        Assert.Equal("event: changed", await NextAsync(stream, "event:"));

        await SampleTelemetry.PostAsync(dashboard, "logs", Requests.Logs("quiet", Requests.Log("not for this page")));
        Task<string> news = NextAsync(stream, "event:");
        await Task.Delay(1500);
        Assert.False(news.IsCompleted);

        await SampleTelemetry.PostAsync(dashboard, "traces", Requests.Traces("loud", Requests.Span(1, 1, "for this page")));
        Assert.Equal("event: changed", await news);
    }

    [Fact]
    public async Task A_page_hears_of_a_changed_resource()
    {
        await using RunningDashboard dashboard = await StartAsync();
        using StreamReader stream = await OpenAsync(dashboard, "/api/changes?of=resources");
        Assert.Equal("event: open", await NextAsync(stream, "event:"));
        await NextAsync(stream, "data:");
        await dashboard.Notifications.PublishUpdateAsync(new ExecutableResource("worker", "w", "."), now => now with { State = "Running" });

        Assert.Equal("data: worker", await NextAsync(stream, "data:"));
    }

    [Fact]
    public async Task Console_lines_come_as_they_are_written_each_once()
    {
        await using RunningDashboard dashboard = await StartAsync();
        await dashboard.Notifications.PublishUpdateAsync(new ExecutableResource("worker", "w", "."), now => now with { State = "Running" });
        dashboard.Logs.Append("worker", "before", isErrorMessage: false);
        using StreamReader stream = await OpenAsync(dashboard, "/api/consolelogs?resource=worker");
        await NextAsync(stream, "data:");
        JsonElement first = JsonDocument.Parse((await NextAsync(stream, "data:"))[5..]).RootElement[0];
        Assert.Equal("before", first.GetProperty("runs")[0][0].GetString());

        dashboard.Logs.Append("worker", "\u001b[33mafter <b>", isErrorMessage: true);

        JsonElement second = JsonDocument.Parse((await NextAsync(stream, "data:"))[5..]).RootElement[0];
        Assert.Equal(("after <b>", "fg3"), (second.GetProperty("runs")[0][0].GetString(), second.GetProperty("runs")[0][1].GetString()));
        Assert.True(second.GetProperty("error").GetBoolean());
        Assert.True(second.GetProperty("number").GetInt64() > first.GetProperty("number").GetInt64());
    }

    [Fact]
    public async Task A_program_follows_spans_and_logs_line_by_line()
    {
        await using RunningDashboard dashboard = await StartAsync();
        await SampleTelemetry.PostAsync(dashboard, "traces", Requests.Traces("old", Requests.Span(1, 1, "before")));
        using StreamReader spans = await OpenAsync(dashboard, "/api/telemetry/spans?follow=true&resource=loud", isProgram: true);
        using StreamReader logs = await OpenAsync(dashboard, "/api/telemetry/logs?follow=true&severity=Error", isProgram: true);

        await SampleTelemetry.PostAsync(dashboard, "traces", Requests.Traces("other", Requests.Span(2, 1, "not asked for")));
        await SampleTelemetry.PostAsync(dashboard, "traces", Requests.Traces("loud", Requests.Span(2, 2, "asked for")));
        await SampleTelemetry.PostAsync(dashboard, "logs", Requests.Logs("loud", Requests.Log("fine"), Requests.Log("broken", severity: 17)));

        Assert.Contains("\"asked for\"", await NextAsync(spans, "{"), StringComparison.Ordinal);
        Assert.Contains("\"broken\"", await NextAsync(logs, "{"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_exported_can_be_taken_in_again()
    {
        await using RunningDashboard dashboard = await StartAsync();
        await SampleTelemetry.SendAsync(dashboard);

        byte[] traces = await dashboard.Http.GetByteArrayAsync(new Uri("/api/telemetry/traces", UriKind.Relative));
        byte[] logs = await dashboard.Http.GetByteArrayAsync(new Uri("/api/telemetry/logs", UriKind.Relative));

        var again = new TelemetryStore();
        OtlpTraces.Read(OtlpJsonReader.ToProtobuf(OtlpSignal.Traces, traces), again);
        OtlpLogs.Read(OtlpJsonReader.ToProtobuf(OtlpSignal.Logs, logs), again);
        Assert.Equal(Describe(dashboard.Store), Describe(again));
    }

    [Fact]
    public async Task The_read_api_wants_its_key_and_knows_filters_and_limits()
    {
        await using RunningDashboard dashboard = await StartAsync();
        await SampleTelemetry.SendAsync(dashboard);

        Assert.Equal(1, await CountAsync("spans?hasError=true", "resourceSpans", "scopeSpans", "spans"));
        Assert.Equal(2, await CountAsync("spans?limit=2", "resourceSpans", "scopeSpans", "spans"));
        Assert.Equal(5, await CountAsync($"spans?traceId={SampleTelemetry.Chat:x32}", "resourceSpans", "scopeSpans", "spans"));
        Assert.Equal(5, await CountAsync($"traces/{SampleTelemetry.Chat:x32}", "resourceSpans", "scopeSpans", "spans"));
        Assert.Equal(1, await CountAsync("logs?severity=Error", "resourceLogs", "scopeLogs", "logRecords"));
        using HttpResponseMessage missing = await AskAsync("traces/nothing");
        Assert.Equal(System.Net.HttpStatusCode.NotFound, missing.StatusCode);
        using HttpResponseMessage senders = await AskAsync("resources");
        string[] names = [.. JsonDocument.Parse(await senders.Content.ReadAsStringAsync()).RootElement.EnumerateArray().Select(one => one.GetProperty("name").GetString()!)];
        Assert.Equal(["gateway", "inference", "rag"], names);

        async Task<int> CountAsync(string path, string groups, string scopes, string items)
        {
            using HttpResponseMessage answer = await AskAsync(path);
            return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty(groups).EnumerateArray()
                .SelectMany(group => group.GetProperty(scopes).EnumerateArray()).Sum(scope => scope.GetProperty(items).GetArrayLength());
        }

        async Task<HttpResponseMessage> AskAsync(string path)
        {
            using HttpClient program = dashboard.Client();
            program.DefaultRequestHeaders.Add("X-API-Key", RunningDashboard.ReadKey);
            return await program.GetAsync(new Uri($"/api/telemetry/{path}", UriKind.Relative));
        }
    }

    private static string[] Describe(TelemetryStore store) =>
    [
        .. store.Traces.Snapshot().SelectMany(trace => trace.Spans.ToArray())
            .Select(span => $"{span.Resource.Name} {span.Scope.Name} {span.TraceId} {span.Id} {span.ParentId} {span.Name} {span.Kind} {span.Start} {span.End} "
                + $"{span.Status} {span.StatusMessage} {string.Join(',', span.Attributes.Select(one => $"{one.Name}={one.Text}"))}").Order(StringComparer.Ordinal),
        .. store.Logs.Snapshot().Select(log => $"{log.Resource.Name} {log.Time} {log.Severity} {log.Message} {log.TraceId} {log.SpanId} "
            + string.Join(',', log.Attributes.Select(one => $"{one.Name}={one.Text}"))).Order(StringComparer.Ordinal),
    ];

    private static async Task<RunningDashboard> StartAsync()
    {
        RunningDashboard dashboard = await RunningDashboard.StartAsync();
        await dashboard.LogInAsync();
        return dashboard;
    }

    private static async Task<StreamReader> OpenAsync(RunningDashboard dashboard, string path, bool isProgram = false)
    {
        HttpClient client = isProgram ? dashboard.Client() : dashboard.Http;
        if (isProgram)
        {
            client.DefaultRequestHeaders.Add("X-API-Key", RunningDashboard.ReadKey);
        }

        return new StreamReader(await client.GetStreamAsync(new Uri(path, UriKind.Relative)).WaitAsync(Patience));
    }

    private static async Task<string> NextAsync(StreamReader stream, string start)
    {
        while (true)
        {
            string line = await stream.ReadLineAsync().WaitAsync(Patience) ?? throw new EndOfStreamException("The stream has ended.");
            if (line.StartsWith(start, StringComparison.Ordinal))
            {
                return line;
            }
        }
    }
}
