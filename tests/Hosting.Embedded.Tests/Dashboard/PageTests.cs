using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard;
using Aspire.Hosting.Dashboard.Telemetry;
using Ratchet.Web.Components.Pages;
using Ratchet.Web.Components.Text;

namespace Ratchet.Hosting.Embedded.Tests.Dashboard;

/// <summary>What each page shows, and that its filters and orders stand in the address.</summary>
public sealed class PageTests
{
    [Theory]
    [InlineData("", "GET /v1/adapters|POST /v1/chat/completions")]
    [InlineData("?sort=time", "POST /v1/chat/completions|GET /v1/adapters")]
    [InlineData("?sort=-duration", "POST /v1/chat/completions|GET /v1/adapters")]
    [InlineData("?sort=duration", "GET /v1/adapters|POST /v1/chat/completions")]
    [InlineData("?sort=-spans", "POST /v1/chat/completions|GET /v1/adapters")]
    [InlineData("?sort=name", "GET /v1/adapters|POST /v1/chat/completions")]
    [InlineData("?errors=1", "GET /v1/adapters")]
    [InlineData("?min=500", "POST /v1/chat/completions")]
    [InlineData("?min=1.5s", "")]
    [InlineData("?q=smollm2", "POST /v1/chat/completions")]
    [InlineData("?resource=rag", "POST /v1/chat/completions")]
    [InlineData("?type=genai", "POST /v1/chat/completions")]
    [InlineData("?f=http.response.status_code%3D200", "POST /v1/chat/completions")]
    [InlineData("?fn=gen_ai.usage.input_tokens&fo=%3E&fv=400", "POST /v1/chat/completions")]
    [InlineData("?f=http.route!~chat&f=http.route~adapters", "GET /v1/adapters")]
    [InlineData("?last=5m", "GET /v1/adapters|POST /v1/chat/completions")]
    [InlineData("?until=2020-01-01T00:00", "")]
    public async Task Traces_are_filtered_and_sorted(string query, string expected)
    {
        await using RunningDashboard dashboard = await StartAsync();

        IHtmlDocument page = await dashboard.PageAsync("/traces" + query);

        Assert.Equal(expected, string.Join('|', page.QuerySelectorAll("td.lead a").Select(link => link.TextContent.Split(": ")[1])));
    }

    [Fact]
    public async Task A_traces_page_shows_the_way_of_a_chat_with_its_tokens_and_logs()
    {
        await using RunningDashboard dashboard = await StartAsync();
        string path = (await dashboard.PageAsync("/traces?q=smollm2")).QuerySelector("td.lead a")!.GetAttribute("href")!;

        IHtmlDocument page = await dashboard.PageAsync(path);

        IElement[] rows = [.. page.QuerySelectorAll("[data-waterfall] tbody tr")];
        Assert.Equal(
            ["0 gateway POST /v1/chat/completions", "1 gateway retrieve", "2 rag POST /v1/search", "1 gateway chat smollm2", "2 inference POST /v1/chat/completions"],
            rows.Select(row => $"{row.GetAttribute("data-depth")} {row.QuerySelector("a")!.TextContent}"));
        Assert.Contains("412 in, 57 out", rows[3].TextContent, StringComparison.Ordinal);
        double[] starts = [.. rows.Select(row => double.Parse(row.QuerySelector("rect")!.GetAttribute("x")!, System.Globalization.CultureInfo.InvariantCulture))];
        Assert.True(starts[0] < starts[1] && starts[1] < starts[2] && starts[2] < starts[3]);
        Assert.Contains("Answered with 4 passages", page.QuerySelector("table.cards")!.TextContent, StringComparison.Ordinal);

        IHtmlDocument detail = await dashboard.PageAsync(rows[3].QuerySelector("a")!.GetAttribute("href")!);
        Assert.Contains("gen_ai.request.model", detail.QuerySelector("section.panel")!.TextContent, StringComparison.Ordinal);

        IHtmlDocument narrowed = await dashboard.PageAsync(path + "?q=search");
        Assert.Equal(3, narrowed.QuerySelectorAll("[data-waterfall] tbody tr").Length);
        Assert.Equal(2, narrowed.QuerySelectorAll("[data-waterfall] tr.faint").Length);
    }

    [Fact]
    public async Task A_trace_that_is_gone_says_where_to_go()
    {
        await using RunningDashboard dashboard = await StartAsync();

        using HttpResponseMessage answer = await dashboard.Http.GetAsync(new Uri("/traces/detail/00000000000000000000000000000009", UriKind.Relative));

        Assert.Equal(System.Net.HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("All traces", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "Cache hit|The trainer did not answer|Index is 3 documents behind|Answered with 4 passages in 1240 ms")]
    [InlineData("?level=Warning", "The trainer did not answer|Index is 3 documents behind")]
    [InlineData("?level=Error", "The trainer did not answer")]
    [InlineData("?resource=rag", "Index is 3 documents behind")]
    [InlineData("?q=PASSAGES", "Answered with 4 passages in 1240 ms")]
    [InlineData("?f=Collection%3Dlibrary", "Answered with 4 passages in 1240 ms")]
    [InlineData("?f=message~trainer", "The trainer did not answer")]
    [InlineData("?trace=000000000000000000000000000000b2", "The trainer did not answer")]
    [InlineData("?sort=-level", "The trainer did not answer|Index is 3 documents behind|Answered with 4 passages in 1240 ms|Cache hit")]
    [InlineData("?sort=message", "Answered with 4 passages in 1240 ms|Cache hit|Index is 3 documents behind|The trainer did not answer")]
    public async Task Logs_are_filtered_and_sorted(string query, string expected)
    {
        await using RunningDashboard dashboard = await StartAsync();

        IHtmlDocument page = await dashboard.PageAsync("/structuredlogs" + query);

        Assert.Equal(expected, string.Join('|', page.QuerySelectorAll("td.lead a").Select(link => link.TextContent)));
    }

    [Fact]
    public async Task A_log_opens_with_its_fields_and_leads_to_its_trace()
    {
        await using RunningDashboard dashboard = await StartAsync();
        IHtmlDocument list = await dashboard.PageAsync("/structuredlogs?level=Error");

        IHtmlDocument page = await dashboard.PageAsync(list.QuerySelector("td.lead a")!.GetAttribute("href")!);

        IElement detail = page.QuerySelector("section.panel")!;
        Assert.Contains("HttpRequestException", detail.TextContent, StringComparison.Ordinal);
        Assert.Contains("AliasTable.RefreshAsync", detail.QuerySelector("pre")!.TextContent, StringComparison.Ordinal);
        Assert.Equal($"/traces/detail/{SampleTelemetry.Failed:x32}", detail.QuerySelector("dd a")!.GetAttribute("href"));
    }

    [Fact]
    public async Task Metrics_show_a_tree_and_the_course_of_each_kind()
    {
        await using RunningDashboard dashboard = await StartAsync();
        IHtmlDocument tree = await dashboard.PageAsync("/metrics");
        var links = tree.QuerySelectorAll(".metrics nav li a").ToDictionary(link => link.TextContent, link => link.GetAttribute("href")!);
        Assert.Equal(["gen_ai.server.request.duration", "ratchet.queue.length", "ratchet.tokens.generated"], links.Keys.Order(StringComparer.Ordinal));

        IHtmlDocument rate = await dashboard.PageAsync(links["ratchet.tokens.generated"] + "?last=1m");
        Assert.Equal(["token per second"], Legend(rate));
        Assert.All(Values(rate), value => Assert.InRange(value, 40, 80));

        IHtmlDocument one = await dashboard.PageAsync(links["ratchet.tokens.generated"] + "?last=1m&f=adapter%3Dbase");
        Assert.All(Values(one), value => Assert.Equal(40, value, 0.5));

        IHtmlDocument split = await dashboard.PageAsync(links["ratchet.tokens.generated"] + "?last=1m&by=adapter");
        Assert.Equal(["base token per second", "latest token per second"], Legend(split));

        IHtmlDocument total = await dashboard.PageAsync(links["ratchet.tokens.generated"] + "?last=1m&show=other&f=adapter%3Dbase");
        Assert.Equal(800, Values(total).Max());

        IHtmlDocument percentiles = await dashboard.PageAsync(links["gen_ai.server.request.duration"] + "?last=1m");
        Assert.Equal(["p50 s", "p90 s", "p99 s"], Legend(percentiles));
        Assert.All(Values(percentiles), value => Assert.InRange(value, 0.05, 1));

        IHtmlDocument gauge = await dashboard.PageAsync(links["ratchet.queue.length"] + "?last=1m");
        Assert.Equal(4, Values(gauge).Max());
    }

    [Fact]
    public async Task Resources_show_state_waits_and_exit_code_and_hide_secrets_until_asked()
    {
        await using RunningDashboard dashboard = await StartAsync();

        IHtmlDocument page = await dashboard.PageAsync("/");
        Assert.Contains("Running, healthy", Row(page, "gateway"), StringComparison.Ordinal);
        Assert.Contains("Waiting, waits for rag, inference", Row(page, "trainer"), StringComparison.Ordinal);
        Assert.Contains("Finished, exit code 3", Row(page, "inference"), StringComparison.Ordinal);

        string hidden = (await dashboard.PageAsync("/?resource=gateway")).QuerySelector("section.panel")!.TextContent;
        Assert.Contains("OTEL_SERVICE_NAME", hidden, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", hidden, StringComparison.Ordinal);
        string shown = (await dashboard.PageAsync("/?resource=gateway&secrets=1")).QuerySelector("section.panel")!.TextContent;
        Assert.Contains("hunter2", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commands_ask_before_they_stop_are_disabled_where_they_make_no_sense_and_say_why_they_failed()
    {
        var given = new List<string>();
        await using RunningDashboard dashboard = await StartAsync(given: given);

        IHtmlDocument page = await dashboard.PageAsync("/?resource=gateway");
        IElement detail = page.QuerySelector("section.panel .commands")!;
        Assert.Equal("Start", detail.QuerySelector("button[disabled]")!.TextContent);
        Assert.NotNull(detail.QuerySelector("details.confirm form[action='/resources/gateway/stop']"));
        Assert.Equal("Start a cycle", detail.QuerySelector("form[action='/resources/gateway/start-cycle'] button")!.TextContent);

        using HttpResponseMessage stopped = await dashboard.Http.PostAsync(new Uri("/resources/gateway/stop", UriKind.Relative), null);
        Assert.Equal("/", stopped.Headers.Location!.OriginalString);
        using HttpResponseMessage failed = await dashboard.Http.PostAsync(new Uri("/resources/gateway/restart", UriKind.Relative), null);
        IHtmlDocument told = await dashboard.PageAsync(failed.Headers.Location!.OriginalString);
        Assert.Equal("The command 'restart' on 'gateway' did not succeed: not today", told.QuerySelector("[role=alert]")!.TextContent.Trim());
        Assert.Equal(["stop", "restart"], given);
    }

    [Fact]
    public async Task Parameters_are_listed_without_their_secrets()
    {
        await using RunningDashboard dashboard = await StartAsync();

        string page = (await dashboard.PageAsync("/parameters")).QuerySelector("table")!.TextContent;

        Assert.Contains("service-key", page, StringComparison.Ordinal);
        Assert.Contains("********", page, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Console_lines_of_all_resources_stand_in_one_view_with_colours_and_marks()
    {
        await using RunningDashboard dashboard = await StartAsync();
        await RunningDashboard.UntilAsync(() => Lines(dashboard).Length == 3, "three console lines");

        IHtmlDocument all = await dashboard.PageAsync("/consolelogs");
        IElement[] lines = [.. all.QuerySelectorAll(".console li")];
        Assert.Equal(3, lines.Length);
        IElement error = lines.Single(line => line.ClassList.Contains("bad"));
        Assert.Equal(("gateway", "err", "fail: the trainer is away"), (error.QuerySelector("b")!.TextContent, error.QuerySelector("em")!.TextContent, error.QuerySelector("span")!.TextContent));
        Assert.Equal("fg1 bold", error.QuerySelector("span i")!.ClassName);
        Assert.Matches(@"^\d\d:\d\d:\d\d\.\d\d\d$", error.QuerySelector("time")!.TextContent);

        IHtmlDocument one = await dashboard.PageAsync("/consolelogs?resource=rag&q=INDEX");
        Assert.Equal("index opened", Assert.Single(one.QuerySelectorAll(".console li > span")).TextContent);

        string file = await dashboard.Http.GetStringAsync(new Uri("/consolelogs/download?resource=gateway", UriKind.Relative));
        Assert.Equal(2, file.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("gateway err fail: the trainer is away", file, StringComparison.Ordinal);

        using var form = new FormUrlEncodedContent([new("resource", "gateway")]);
        using HttpResponseMessage cleared = await dashboard.Http.PostAsync(new Uri("/consolelogs/clear", UriKind.Relative), form);
        Assert.Equal("/consolelogs?resource=gateway", cleared.Headers.Location!.OriginalString);
        Assert.Single(Lines(dashboard));
    }

    [Fact]
    public async Task What_was_dropped_stands_on_the_page()
    {
        await using RunningDashboard dashboard = await StartAsync(new TelemetryLimits { TracesPerResource = 1, LogsPerResource = 2 });

        string notice = (await dashboard.PageAsync("/traces")).QuerySelector("[data-dropped]")!.TextContent;

        Assert.Contains("1 traces, 0 spans of long traces, 1 logs, 0 metric points", notice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pages_speak_Chinese_and_carry_their_keys()
    {
        await using RunningDashboard dashboard = await StartAsync();

        IHtmlDocument page = await dashboard.PageAsync("/traces?lang=zh");

        Assert.Equal("跟踪", page.QuerySelector("h1")!.TextContent);
        Assert.Equal("r p c s t m", string.Join(' ', page.QuerySelectorAll("nav a[aria-keyshortcuts]").Select(link => link.GetAttribute("aria-keyshortcuts"))));
    }

    [Fact]
    public async Task States_have_Chinese_names_on_Chinese_pages_and_stay_the_same_words_elsewhere()
    {
        await using RunningDashboard dashboard = await StartAsync();
        foreach ((string name, string state) in new[] { ("late", "Restarting (2)"), ("failed", "FailedToStart"), ("strange", "Hibernating") })
        {
            await dashboard.Notifications.PublishUpdateAsync(new ExecutableResource(name, $"{name}.dll", "."), now => now with { State = state });
        }

        IHtmlDocument chinese = await dashboard.PageAsync("/?lang=zh");
        IHtmlDocument english = await dashboard.PageAsync("/?lang=en");

        Assert.Contains("运行中, 正常", Row(chinese, "gateway"), StringComparison.Ordinal);
        Assert.Contains("等待中, 等待 rag, inference", Row(chinese, "trainer"), StringComparison.Ordinal);
        Assert.Contains("已完成, 退出码 3", Row(chinese, "inference"), StringComparison.Ordinal);
        Assert.Contains("正在重启（第 2 次）", Row(chinese, "late"), StringComparison.Ordinal);
        Assert.Contains("启动失败", Row(chinese, "failed"), StringComparison.Ordinal);
        Assert.Contains("Hibernating", Row(chinese, "strange"), StringComparison.Ordinal);
        Assert.Contains("Restarting (2)", Row(english, "late"), StringComparison.Ordinal);
        Assert.NotNull(chinese.QuerySelector("a[href*='resource=failed']")!.Closest("tr")!.QuerySelector(".dot.away"));
        Assert.Contains("运行中", (await dashboard.PageAsync("/parameters?lang=zh")).QuerySelector("tbody")!.TextContent, StringComparison.Ordinal);
    }

    /// <summary>No state that the host shows is without a Chinese name.</summary>
    [Fact]
    public void Every_known_state_is_named()
    {
        var chinese = new PageContext { Language = Language.Chinese };
        string[] known =
        [
            .. typeof(KnownResourceStates).GetFields().Where(field => field.FieldType == typeof(string)).Select(field => (string)field.GetValue(null)!),
            "Built in",
        ];

        Assert.Equal(13, known.Length);
        Assert.All(known, state => Assert.NotEqual(state, StateStrings.Of(state, chinese)));
    }

    private static async Task<RunningDashboard> StartAsync(TelemetryLimits? limits = null, List<string>? given = null)
    {
        RunningDashboard dashboard = await RunningDashboard.StartAsync(limits);
        await dashboard.LogInAsync();
        await SampleTelemetry.SendAsync(dashboard);
        await SampleTelemetry.ShowResourcesAsync(dashboard, given);
        return dashboard;
    }

    // The watcher reads in the background; what it has read is what a download has.
    private static string[] Lines(RunningDashboard dashboard) =>
        dashboard.Http.GetStringAsync(new Uri("/consolelogs/download", UriKind.Relative)).GetAwaiter().GetResult().Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static string Row(IHtmlDocument page, string resource) => page.QuerySelector($"tr[data-resource='{resource}']")!.TextContent;

    private static string[] Legend(IHtmlDocument page) => [.. page.QuerySelectorAll(".legend span:not(.reading)").Select(one => one.TextContent)];

    private static double[] Values(IHtmlDocument page)
    {
        double[] values =
        [
            .. page.QuerySelectorAll("[data-time-chart] td.num").Where(cell => cell.TextContent.Length > 0)
                .Select(cell => double.Parse(cell.TextContent, System.Globalization.CultureInfo.InvariantCulture)),
        ];
        Assert.NotEmpty(values);
        return values;
    }
}
