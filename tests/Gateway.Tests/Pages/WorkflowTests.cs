using System.Globalization;
using System.Net;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;

namespace Ratchet.Gateway.Tests.Pages;

/// <summary>What people do on the pages, as forms without script do it.</summary>
public sealed class WorkflowTests
{
    [Fact]
    public async Task Search_shows_how_each_hit_was_found()
    {
        using GatewayUnderTest gateway = Fixtures.Gateway();
        IHtmlDocument page = await PageTests.PageAsync(Fixtures.Browser(gateway), "/knowledge?query=late");

        Assert.Equal("late", page.QuerySelector("input[name=query]")!.GetAttribute("value"));
        IElement row = page.QuerySelectorAll("main table")[0].QuerySelector("tbody tr")!;
        Assert.Equal("/knowledge/doc-1#chunk-1", row.QuerySelector("a")!.GetAttribute("href"));
        Assert.Contains("seems to hold an answer", page.QuerySelector("main .good")!.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deleting_a_document_says_first_what_it_reaches()
    {
        using GatewayUnderTest gateway = Fixtures.Gateway();
        gateway.Upstream.On("rag", "DELETE /v1/documents/doc-1", _ => FakeUpstream.Json(
            new { id = "doc-1", deleted = true, chunk_count = 1, example_count = 2, redacted_batches = Array.Empty<string>() }));
        HttpClient client = Fixtures.Browser(gateway);

        IElement box = (await PageTests.PageAsync(client, "/knowledge/doc-1")).QuerySelector("details.confirm")!;
        Assert.Contains("1 chunks, 2 examples, 0 batches, 1 adapters", box.TextContent, StringComparison.Ordinal);
        Assert.Contains(Fixtures.Adapter, box.TextContent, StringComparison.Ordinal);

        HttpResponseMessage done = await client.PostAsync(box.QuerySelector("form")!.GetAttribute("action"), null);
        Assert.Contains("deleted", (await PageTests.ParseAsync(done)).QuerySelector("[role=status]")!.TextContent, StringComparison.Ordinal);
        Assert.Contains(gateway.Upstream.Seen, request => request is { Method: "DELETE", Path: "/v1/documents/doc-1" });
    }

    [Fact]
    public async Task Documents_are_added_by_file_and_by_text_and_a_refusal_keeps_the_text()
    {
        using GatewayUnderTest gateway = Fixtures.Gateway();
        gateway.Upstream.On("rag", "POST /v1/documents", _ => FakeUpstream.Error(HttpStatusCode.BadRequest, "unsupported_type", "Not a type we read."));
        HttpClient client = Fixtures.Browser(gateway);
        using var form = new MultipartFormDataContent
        {
            { new StringContent("My text"), "text" },
            { new StringContent("My title"), "title" },
            { new ByteArrayContent("x"u8.ToArray()), "files", "a.md" },
        };

        HttpResponseMessage refused = await client.PostAsync("/knowledge", form);
        IHtmlDocument page = await PageTests.ParseAsync(refused);

        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Equal("Not a type we read.", page.QuerySelector("[role=alert]")!.TextContent.Trim());
        Assert.Equal("My text", page.QuerySelector("textarea[name=text]")!.TextContent);
        Assert.Equal("My title", page.QuerySelector("input[name=title]")!.GetAttribute("value"));
        Assert.Contains("filename=a.md", gateway.Upstream.Seen.Last(request => request is { Method: "POST", Path: "/v1/documents" }).Body, StringComparison.Ordinal);
    }

    // F34: a person who knows the business decides, and it is recorded who.
    [Theory]
    [InlineData("2.50 euros a day.", "approve", """{"state":"approved","reviewed_by":"local"}""")]
    [InlineData("3 euros a day.", "approve", """{"state":"approved","answer":"3 euros a day.","reviewed_by":"local"}""")]
    [InlineData("3 euros a day.", "reject", """{"state":"rejected","reviewed_by":"local"}""")]
    public async Task Approve_edit_and_reject_lead_to_the_next_example(string answer, string what, string sent)
    {
        using GatewayUnderTest gateway = Fixtures.Gateway();
        HttpClient client = Fixtures.Browser(gateway);
        IHtmlDocument page = await PageTests.PageAsync(client, "/review");
        Assert.Equal("A late return costs 2.50 euros a day.", page.QuerySelector(".passage")!.TextContent);
        IElement form = page.QuerySelector("#example")!;

        HttpResponseMessage next = await client.PostAsync(form.GetAttribute("action"), Fixtures.Form(
            ("question", "What does a late return cost?"), ("answer", answer), ("do", what),
            ("back", form.QuerySelector("[name=back]")!.GetAttribute("value")!)));

        Assert.Equal(sent, gateway.Upstream.Seen.Last(request => request.Method == "PATCH").Body);
        Assert.Contains("id=ex-2", next.RequestMessage!.RequestUri!.Query, StringComparison.Ordinal);
    }

    // F53, F54, F125: without code, and with the comparison before the download.
    [Fact]
    public async Task Exports_show_what_is_in_the_making_why_one_failed_and_how_near_one_came()
    {
        using GatewayUnderTest gateway = Fixtures.Gateway();
        HttpClient client = Fixtures.Browser(gateway);
        string adapter = (await PageTests.PageAsync(client, "/adapters/" + Fixtures.Adapter)).QuerySelector("a[href$='/exports']")!.GetAttribute("href")!;

        IHtmlDocument page = await PageTests.PageAsync(client, adapter);

        Assert.Equal("1", page.QuerySelector("#exports")!.GetAttribute("data-running"));
        Assert.NotNull(page.QuerySelector("#export-3 progress"));
        Assert.Contains("DoRA has no place", page.QuerySelector("#export-2 .notice")!.TextContent, StringComparison.Ordinal);
        IElement ready = page.QuerySelector("#export-1")!;
        Assert.Contains("answers alike", ready.QuerySelector("h3")!.TextContent, StringComparison.Ordinal);
        Assert.Contains("100 % of 96 positions", ready.TextContent, StringComparison.Ordinal);
        Assert.Contains("0.00123 in blk.0.attn_q.weight", ready.TextContent, StringComparison.Ordinal);
        Assert.Contains("1.5 MiB", ready.TextContent, StringComparison.Ordinal);
        Assert.Equal(
            "/v1/adapters/ft%3Atiny-base%3Aratchet%3Ashop%3Aftjob-1/exports/export-1/files/adapter.gguf",
            ready.QuerySelectorAll("a[download]")[1].GetAttribute("href"));
        Assert.Contains("回答一致", (await PageTests.PageAsync(client, adapter + "?lang=zh")).QuerySelector("#export-1")!.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_export_is_asked_for_by_a_form_and_a_refusal_keeps_what_was_typed()
    {
        const string Route = "POST /v1/adapters/ft%3Atiny-base%3Aratchet%3Ashop%3Aftjob-1/exports";
        using GatewayUnderTest gateway = Fixtures.Gateway();
        gateway.Upstream.On("trainer", Route, _ => FakeUpstream.Json(Fixtures.Export("export-4", "ollama", "running")));
        HttpClient client = Fixtures.Browser(gateway);
        string path = $"/adapters/{Fixtures.Adapter}/exports";

        HttpResponseMessage asked = await client.PostAsync(path, Fixtures.Form(("format", "ollama"), ("type", ""), ("system", "Be brief.")));
        Assert.Contains("in the making", (await PageTests.ParseAsync(asked)).QuerySelector("[role=status]")!.TextContent, StringComparison.Ordinal);
        Assert.Equal("""{"format":"ollama","system":"Be brief."}""", gateway.Upstream.Seen.Last(request => request.Method == "POST").Body);

        gateway.Upstream.On("trainer", Route, _ => FakeUpstream.Error(HttpStatusCode.Conflict, "base_mismatch", "It was trained on another base."));
        HttpResponseMessage refused = await client.PostAsync(path, Fixtures.Form(("format", "gguf"), ("type", "Q8_0"), ("system", "Be brief.")));
        IHtmlDocument page = await PageTests.ParseAsync(refused);

        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        Assert.Equal("It was trained on another base.", page.QuerySelector("[role=alert]")!.TextContent.Trim());
        Assert.Equal("gguf", page.QuerySelector("#format option[selected]")!.GetAttribute("value"));
        Assert.Equal("Q8_0", page.QuerySelector("#type option[selected]")!.GetAttribute("value"));
        Assert.Equal("Be brief.", page.QuerySelector("#system")!.TextContent);
    }

    [Fact]
    public async Task A_job_shows_its_curve_its_verdict_and_the_time_left()
    {
        using GatewayUnderTest gateway = Fixtures.Gateway();
        IHtmlDocument page = await PageTests.PageAsync(Fixtures.Browser(gateway), "/training/ftjob-1");

        Assert.Contains("Step 2 of 10", page.QuerySelector("[data-field=steps]")!.TextContent, StringComparison.Ordinal);
        Assert.Contains("falls steadily", page.QuerySelector("[data-field=verdict]")!.TextContent, StringComparison.Ordinal);
        Assert.Equal("1 min 15 s", page.QuerySelector("[data-field=eta_seconds]")!.TextContent);
        Assert.Equal("250", page.QuerySelector("[data-field=tokens_per_second]")!.TextContent);
        Assert.Equal(["1", "2.5", "", "2", "1.5", ""], page.QuerySelectorAll(".chart tbody td").Select(cell => cell.TextContent.Trim()));
        Assert.Equal("/v1/fine_tuning/jobs/ftjob-1/events", page.QuerySelector("#job")!.GetAttribute("data-source"));
        Assert.Contains("\"rank\": 8", page.QuerySelector("pre")!.TextContent, StringComparison.Ordinal);
    }

    // F25: a folder of LLaMA-Factory's, as it is.
    [Fact]
    public async Task A_new_job_takes_a_data_set_with_its_dataset_info()
    {
        using GatewayUnderTest gateway = Fixtures.Gateway();
        gateway.Upstream.On("trainer", "POST /v1/files", _ => FakeUpstream.Json(new { id = "file-9", filename = "fees.jsonl", created_at = 1, bytes = 1, purpose = "fine-tune" }));
        gateway.Upstream.On("trainer", "POST /v1/fine_tuning/jobs", _ => FakeUpstream.Json(
            new { id = "ftjob-1", status = "queued", model = "tiny-base", created_at = 1, training_file = "file-9" }));
        using var form = new MultipartFormDataContent
        {
            { new StringContent("shop"), "suffix" },
            { new StringContent("fees"), "dataset" },
            { new ByteArrayContent("[]"u8.ToArray()), "upload", "fees.json" },
            { new ByteArrayContent("{}"u8.ToArray()), "dataset_info", "dataset_info.json" },
        };

        HttpResponseMessage started = await Fixtures.Browser(gateway).PostAsync("/training/new", form);

        Assert.Equal("/training/ftjob-1", started.RequestMessage!.RequestUri!.AbsolutePath);
        string sent = gateway.Upstream.Seen.Last(request => request is { Method: "POST", Path: "/v1/files" }).Body;
        Assert.Contains("name=dataset_info; filename=dataset_info.json", sent, StringComparison.Ordinal);
        Assert.Matches("name=dataset\\s+fees", sent);
        Assert.Contains("\"training_file\":\"file-9\"", gateway.Upstream.Seen.Last(request => request is { Method: "POST", Path: "/v1/fine_tuning/jobs" }).Body, StringComparison.Ordinal);
    }

    // F160: every fault of a file, at its line; F82: three fields, the rest by itself.
    [Fact]
    public async Task A_new_job_starts_from_three_fields_and_a_faulty_file_tells_every_line()
    {
        using GatewayUnderTest gateway = Fixtures.Gateway();
        gateway.Upstream.On("trainer", "POST /v1/fine_tuning/jobs", _ => FakeUpstream.Json(new
        {
            id = "ftjob-1",
            status = "queued",
            model = "tiny-base",
            created_at = 1,
            training_file = "file-1",
        }));
        HttpClient client = Fixtures.Browser(gateway);

        HttpResponseMessage started = await client.PostAsync("/training/new", Fixtures.Form(("file", "file-1"), ("suffix", "shop"), ("rank", "4")));
        Assert.Equal("/training/ftjob-1", started.RequestMessage!.RequestUri!.AbsolutePath);
        string sent = gateway.Upstream.Seen.Last(request => request is { Method: "POST", Path: "/v1/fine_tuning/jobs" }).Body;
        Assert.Equal(
            """{"model":"tiny-base","suffix":"shop","method":{"type":"supervised","supervised":{"hyperparameters":{}}},"x_ratchet":{"rank":4},"training_file":"file-1"}""",
            sent);

        gateway.Upstream.On("trainer", "POST /v1/files", _ => FakeUpstream.Json(
            new
            {
                error = new { message = "Two faults.", code = "invalid_file" },
                x_ratchet = new { errors = new[] { new { line = 3, message = "No content." }, new { line = 9, message = "Not an object." } } },
            },
            HttpStatusCode.BadRequest));
        using var form = new MultipartFormDataContent
        {
            { new StringContent("shop"), "suffix" }, { new ByteArrayContent("{}"u8.ToArray()), "upload", "a.jsonl" },
        };
        IHtmlDocument page = await PageTests.ParseAsync(await client.PostAsync("/training/new", form));
        Assert.Equal(["3: No content.", "9: Not an object."], page.QuerySelectorAll("[role=alert] li").Select(line => line.TextContent));
        Assert.Equal("shop", page.QuerySelector("#suffix")!.GetAttribute("value"));
    }

    // F6, F45: the method is a choice of the form.
    [Fact]
    public async Task A_method_is_chosen_and_one_that_is_none_is_named()
    {
        using GatewayUnderTest gateway = Fixtures.Gateway();
        gateway.Upstream.On("trainer", "POST /v1/fine_tuning/jobs", _ => FakeUpstream.Json(new
        {
            id = "ftjob-1",
            status = "queued",
            model = "tiny-base",
            created_at = 1,
            training_file = "file-1",
        }));
        HttpClient client = Fixtures.Browser(gateway);

        await client.PostAsync("/training/new", Fixtures.Form(("file", "file-1"), ("suffix", "shop"), ("rank", "4"), ("method", "nf4")));
        string sent = gateway.Upstream.Seen.Last(request => request is { Method: "POST", Path: "/v1/fine_tuning/jobs" }).Body;
        Assert.Contains("\"x_ratchet\":{\"tuning\":\"qlora\",\"quantization\":\"nf4\",\"rank\":4}", sent, StringComparison.Ordinal);

        await client.PostAsync("/training/new", Fixtures.Form(("file", "file-1"), ("suffix", "shop"), ("method", "dpo")));
        sent = gateway.Upstream.Seen.Last(request => request is { Method: "POST", Path: "/v1/fine_tuning/jobs" }).Body;
        Assert.Contains("\"method\":{\"type\":\"dpo\",\"dpo\":{\"hyperparameters\":{}}},\"x_ratchet\":{\"objective\":\"dpo\"}", sent, StringComparison.Ordinal);

        HttpResponseMessage refused = await client.PostAsync("/training/new", Fixtures.Form(("file", "file-1"), ("suffix", "shop"), ("method", "magic")));
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains("magic", (await PageTests.ParseAsync(refused)).QuerySelector("[role=alert]")!.TextContent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("epochs", "three")]
    [InlineData("learning_rate", "fast")]
    public async Task A_number_that_is_none_is_named(string field, string value)
    {
        using GatewayUnderTest gateway = Fixtures.Gateway();
        HttpResponseMessage response = await Fixtures.Browser(gateway).PostAsync(
            "/training/new", Fixtures.Form(("file", "file-1"), ("suffix", "shop"), (field, value)));
        IHtmlDocument page = await PageTests.ParseAsync(response);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(value, page.QuerySelector("[role=alert]")!.TextContent, StringComparison.Ordinal);
        Assert.Equal(value, page.QuerySelector($"[name={field}]")!.GetAttribute("value"));
    }

    // F90, F92 to F95: what was written is shown by every measure, labels with their confusions.
    [Fact]
    public async Task An_adapters_report_shows_bleu_bertscore_and_labels()
    {
        using GatewayUnderTest gateway = Fixtures.Gateway();

        IHtmlDocument page = await PageTests.PageAsync(Fixtures.Browser(gateway), "/adapters/" + Fixtures.Adapter);

        string text = page.Body!.TextContent;
        Assert.All(["31.3", "0.625", "tiny-encoder", "accuracy 0.875, macro-F1 0.865 on 120 answers; 7 without any label"], part => Assert.Contains(part, text, StringComparison.Ordinal));
        string[] confusion = [.. page.QuerySelectorAll("th[scope=row]").Where(h => h.TextContent is "delivery" or "refund")
            .Select(h => string.Join(' ', h.ParentElement!.QuerySelectorAll("td").Select(c => c.TextContent)))];
        Assert.Equal(["48 9", "4 52"], confusion);
    }

    // F116: the evidence stands on the page, and promotion shows it before the yes.
    [Fact]
    public async Task Promotion_shows_the_verdict_first_and_moves_the_alias_by_its_version()
    {
        using GatewayUnderTest gateway = Fixtures.Gateway();
        gateway.Upstream.On("trainer", "GET /v1/aliases", _ => FakeUpstream.Json(Fixtures.List(Fixtures.Alias("tiny-base", 3))));
        gateway.Upstream.On("trainer", "PUT /v1/aliases/latest", _ => FakeUpstream.Json(Fixtures.Alias(Fixtures.Adapter, 4)));
        HttpClient client = Fixtures.Browser(gateway);
        await GatewayUnderTest.UntilAsync(() => gateway.Aliases.Find("latest") is not null);

        IHtmlDocument page = await PageTests.PageAsync(client, "/adapters/" + Fixtures.Adapter);
        IElement box = page.QuerySelector("details.confirm")!;
        Assert.Contains("NLL fell.", box.TextContent, StringComparison.Ordinal);
        Assert.Contains("better", page.QuerySelector(".verdict")!.TextContent, StringComparison.Ordinal);
        Assert.Equal("-0.5, 95 % interval -0.7 to -0.3", page.QuerySelector(".interval")!.GetAttribute("aria-label"));
        IElement form = box.QuerySelector("form")!;

        await client.PostAsync(form.GetAttribute("action"), Fixtures.Form([.. form.QuerySelectorAll("input[type=hidden]").Select(field =>
            (field.GetAttribute("name")!, field.GetAttribute("value")!))]));

        Assert.Equal(
            """{"adapter":"ft:tiny-base:ratchet:shop:ftjob-1","expected_version":3,"actor":"local"}""",
            gateway.Upstream.Last("trainer", "/v1/aliases/latest").Body);
        Assert.Equal(4, gateway.Aliases.Find("latest")!.Version);
    }

    [Fact]
    public async Task A_rollback_names_the_version_it_replaces_and_a_conflict_is_told()
    {
        using GatewayUnderTest gateway = Fixtures.Gateway();
        gateway.Upstream.On("trainer", "POST /v1/aliases/latest/rollback", _ =>
            FakeUpstream.Error(HttpStatusCode.Conflict, "alias_moved", "Somebody moved it meanwhile."));
        HttpClient client = Fixtures.Browser(gateway);
        IElement form = (await PageTests.PageAsync(client, "/adapters")).QuerySelector("details.confirm form")!;

        HttpResponseMessage response = await client.PostAsync(form.GetAttribute("action"), Fixtures.Form(("expected_version", "3")));

        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        Assert.Contains("Somebody moved it", (await PageTests.ParseAsync(response)).QuerySelector("[role=alert]")!.TextContent, StringComparison.Ordinal);
        Assert.Equal(3, (long)gateway.Upstream.Last("trainer", "/v1/aliases/latest/rollback").Json["expected_version"]!);
    }

    [Fact]
    public async Task A_cycle_is_a_row_of_named_steps_and_starts_by_a_form()
    {
        using GatewayUnderTest gateway = Fixtures.Gateway();
        gateway.Upstream.On("trainer", "POST /v1/cycles", _ => FakeUpstream.Json(new
        {
            id = "cycle-1",
            collection = "default",
            status = "running",
            created_at = 1,
            trigger = "manual",
            steps = Array.Empty<object>(),
        }));
        HttpClient client = Fixtures.Browser(gateway);

        IHtmlDocument page = await PageTests.PageAsync(client, "/cycles");
        Assert.Equal(["done", "running", "waiting"], page.QuerySelectorAll(".steps li").Select(step => step.ClassName));
        Assert.Contains("5/10, 1 min 30 s left", page.QuerySelectorAll(".steps li")[1].TextContent, StringComparison.Ordinal);

        HttpResponseMessage started = await client.PostAsync("/cycles", Fixtures.Form(("collection", "default"), ("reason", "because")));
        Assert.Equal("/cycles/cycle-1", started.RequestMessage!.RequestUri!.AbsolutePath);
        Assert.Equal("because", (string?)gateway.Upstream.Seen.Last(request => request is { Method: "POST", Path: "/v1/cycles" }).Json["reason"]);
    }

    [Fact]
    public async Task The_services_states_come_with_their_word()
    {
        using GatewayUnderTest gateway = Fixtures.Gateway();
        gateway.Upstream.On("rag", "GET /health", _ => new HttpResponseMessage(HttpStatusCode.OK));
        gateway.Upstream.Away["trainer"] = true;
        HttpClient client = gateway.CreateClient();
        var monitor = (Gateway.Pages.ServiceMonitor)gateway.Services.GetService(typeof(Gateway.Pages.ServiceMonitor))!;
        await GatewayUnderTest.UntilAsync(() => monitor.States.All(state => state.Health != Web.Components.Pages.ServiceHealth.Unknown));

        string json = await client.GetStringAsync("/ui/services?lang=zh");

        Assert.Contains("\"name\":\"rag\",\"health\":\"healthy\",\"word\":\"运行中\"", json, StringComparison.Ordinal);
        Assert.Contains("\"name\":\"trainer\",\"health\":\"away\",\"word\":\"无响应\"", json, StringComparison.Ordinal);
        Assert.Contains("\"name\":\"inference\",\"health\":\"unhealthy\"", json, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_keys_are_needed_a_person_is_asked_for_one_and_led_on()
    {
        (string key, string hash) = Gateway.Access.KeyRing.Make();
        using var gateway = new GatewayUnderTest
        {
            Settings = new()
            {
                ["Gateway:RequireKeys"] = "true",
                ["Gateway:Keys:0:Name"] = "ann",
                ["Gateway:Keys:0:Role"] = "reader",
                ["Gateway:Keys:0:Hash"] = hash,
            },
        };
        HttpClient client = Fixtures.Browser(gateway);

        HttpResponseMessage asked = await client.GetAsync("/system");
        Assert.Equal("/login", asked.RequestMessage!.RequestUri!.AbsolutePath);
        HttpResponseMessage wrong = await client.PostAsync("/login", Fixtures.Form(("to", "/system"), ("key", "rk-no")));
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        HttpResponseMessage right = await client.PostAsync("/login", Fixtures.Form(("to", "/system"), ("key", key)));
        Assert.Equal("/system", right.RequestMessage!.RequestUri!.AbsolutePath);
        Assert.Equal(HttpStatusCode.OK, right.StatusCode);
        HttpResponseMessage elsewhere = await client.PostAsync("/login", Fixtures.Form(("to", "//evil.example/"), ("key", key)));
        Assert.Equal("localhost", elsewhere.RequestMessage!.RequestUri!.Host);
        Assert.Equal("/", elsewhere.RequestMessage.RequestUri.AbsolutePath);
    }

    [Fact]
    public void Durations_have_two_units_at_most() => Assert.Equal(
        ["0 s", "59 s", "1 min 5 s", "2 h 3 min"],
        new[] { "0:0:0", "0:0:59", "0:1:5", "2:3:4" }.Select(text =>
            Gateway.Pages.Durations.Text(TimeSpan.Parse(text, CultureInfo.InvariantCulture))));
}
