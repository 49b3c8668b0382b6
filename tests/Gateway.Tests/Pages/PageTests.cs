using System.Net;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;

namespace Ratchet.Gateway.Tests.Pages;

/// <summary>Pages as a browser without script gets them: rendered by the real gateway over the doubles, then parsed.</summary>
public sealed class PageTests
{
    private static readonly string[] All =
    [
        "/", "/knowledge", "/knowledge?query=late", "/knowledge/doc-1", "/review", "/training", "/training/ftjob-1", "/training/new",
        "/adapters", "/adapters/" + Fixtures.Adapter, "/adapters/" + Fixtures.Adapter + "/exports", "/cycles", "/cycles/cycle-1", "/system", "/login",
    ];

    [Theory]
    [InlineData("en", "Knowledge")]
    [InlineData("zh", "知识库")]
    public async Task Every_page_renders_in_both_languages_with_one_heading_and_named_controls(string language, string word)
    {
        using GatewayUnderTest gateway = Fixtures.Gateway();
        HttpClient client = Fixtures.Browser(gateway);
        foreach (string path in All)
        {
            HttpResponseMessage response = await client.GetAsync(path + (path.Contains('?', StringComparison.Ordinal) ? "&" : "?") + "lang=" + language);
            IHtmlDocument page = await ParseAsync(response);

            Assert.True(response.IsSuccessStatusCode, $"{path}: {response.StatusCode} {page.QuerySelector(".notice")?.TextContent}");
            Assert.Equal(language == "zh" ? "zh-Hans" : "en", page.DocumentElement.GetAttribute("lang"));
            Assert.Single(page.QuerySelectorAll("h1"));
            Assert.NotEmpty(page.Title!);
            if (path != "/login")
            {
                Assert.Contains(page.QuerySelectorAll("nav a"), link => link.TextContent == word);
            }

            Assert.Empty(page.QuerySelectorAll("[style], [onclick], script:not([src])"));
            Assert.All(page.QuerySelectorAll("main input:not([type=hidden]), main select, main textarea"), field => Assert.True(IsNamed(field), $"{path}: {field.OuterHtml}"));
            Assert.All(page.QuerySelectorAll("img"), image => Assert.NotNull(image.GetAttribute("alt")));
            Assert.All(page.QuerySelectorAll("button"), button =>
                Assert.True(button.TextContent.Trim().Length > 0 || button.HasAttribute("aria-label"), $"{path}: {button.OuterHtml}"));
            Assert.Empty(page.QuerySelectorAll("[id]").GroupBy(element => element.Id).Where(group => group.Count() > 1).Select(group => group.Key));
        }
    }

    [Fact]
    public async Task Pages_carry_a_policy_that_lets_no_other_script_run()
    {
        using GatewayUnderTest gateway = Fixtures.Gateway();
        HttpResponseMessage response = await Fixtures.Browser(gateway).GetAsync("/");

        string policy = response.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.Contains("script-src 'self'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_first_page_is_small_and_its_modules_are_smaller_than_15_KB_each()
    {
        using GatewayUnderTest gateway = Fixtures.Gateway();
        HttpClient client = Fixtures.Browser(gateway);
        IHtmlDocument page = await PageAsync(client, "/");
        long total = 0;
        var wanted = new Queue<string>(page.QuerySelectorAll("link[href], script[src], img[src]")
            .Select(element => element.GetAttribute("href") ?? element.GetAttribute("src")!).Distinct());
        wanted.Enqueue("/assets/sse.js");
        wanted.Enqueue("/assets/markdown.js");
        wanted.Enqueue("/assets/history.js");
        foreach (string asset in wanted)
        {
            HttpResponseMessage response = await client.GetAsync(asset);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            int length = (await response.Content.ReadAsByteArrayAsync()).Length;
            Assert.True(!asset.EndsWith(".js", StringComparison.Ordinal) || length < 15 * 1024, asset);
            total += length;
        }

        Assert.InRange(total, 1, 100 * 1024);
    }

    [Fact]
    public async Task Without_script_a_question_is_answered_in_full_and_can_be_judged()
    {
        using GatewayUnderTest gateway = Fixtures.Gateway();
        HttpClient client = Fixtures.Browser(gateway);

        IHtmlDocument page = await ParseAsync(await client.PostAsync("/", Fixtures.Form(
            ("role", "user"), ("text", "Hello"), ("role", "assistant"), ("text", "Hi."), ("question", "What is **late**?"), ("model", "base"), ("retrieval", "on"))));

        Assert.Equal(4, page.QuerySelectorAll("#messages .message").Length);
        IElement answer = page.QuerySelectorAll("#messages .message.assistant")[^1];
        Assert.Equal("It costs 2.50 euros.", answer.QuerySelector(".text")!.TextContent.Trim());
        Assert.Equal("2.50", answer.QuerySelector(".text strong")!.TextContent);
        IElement chip = Assert.Single(answer.QuerySelectorAll(".chip"));
        Assert.Equal("/knowledge/doc-1#chunk-1", chip.GetAttribute("href"));
        Assert.Contains("2.50 euros a day", chip.QuerySelector(".tip")!.TextContent, StringComparison.Ordinal);
        Assert.Equal("chatcmpl-1", answer.QuerySelector("form input[name=chat_id]")!.GetAttribute("value"));
        Assert.True(((IHtmlOptionElement)page.QuerySelector("select[name=model] option[value=base]")!).IsSelected);

        HttpResponseMessage judged = await client.PostAsync("/feedback", Fixtures.Form(("chat_id", "chatcmpl-1"), ("rating", "up")));
        Assert.Contains("to review", (await ParseAsync(judged)).QuerySelector("[role=status]")!.TextContent, StringComparison.Ordinal);
        Assert.Equal("thumb_up", (string?)gateway.Upstream.Last("rag", "/v1/feedback").Json["kind"]);
    }

    [Fact]
    public async Task What_was_typed_survives_a_service_that_is_away()
    {
        using GatewayUnderTest gateway = Fixtures.Gateway();
        HttpClient client = Fixtures.Browser(gateway);
        gateway.Upstream.Away["inference"] = true;

        HttpResponseMessage response = await client.PostAsync("/", Fixtures.Form(("question", "My long question"), ("retrieval", "on")));
        IHtmlDocument page = await ParseAsync(response);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("My long question", page.QuerySelector("#question")!.TextContent);
        Assert.Contains("inference", page.QuerySelector("[role=alert]")!.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_cannot_smuggle_markup_into_the_page()
    {
        using GatewayUnderTest gateway = Fixtures.Gateway();
        gateway.Upstream.On("inference", "POST /v1/chat/completions", request => FakeUpstream.Completion(
            request, "<script>alert(1)</script> [x](javascript:alert(1)) ![i](https://evil.example/p.png) <b>bold</b>"));

        IHtmlDocument page = await ParseAsync(await Fixtures.Browser(gateway).PostAsync("/", Fixtures.Form(("question", "<i>q</i>"))));

        IElement answer = page.QuerySelector("#messages .assistant .text")!;
        Assert.Empty(answer.QuerySelectorAll("script, b, img, [href^='javascript']"));
        Assert.Equal("<i>q</i>", page.QuerySelector("#messages .user .text")!.TextContent);
    }

    [Fact]
    public async Task A_page_whose_service_is_away_says_so_and_an_unknown_page_too()
    {
        using GatewayUnderTest gateway = Fixtures.Gateway();
        HttpClient client = Fixtures.Browser(gateway);
        gateway.Upstream.Away["rag"] = true;

        HttpResponseMessage away = await client.GetAsync("/knowledge");
        HttpResponseMessage unknown = await client.GetAsync("/no/such/page");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, away.StatusCode);
        Assert.Contains("'rag'", (await ParseAsync(away)).QuerySelector("[role=alert]")!.TextContent, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.NotEmpty((await ParseAsync(unknown)).QuerySelectorAll("nav a"));
    }

    internal static async Task<IHtmlDocument> PageAsync(HttpClient client, string path) => await ParseAsync(await client.GetAsync(path));

    internal static async Task<IHtmlDocument> ParseAsync(HttpResponseMessage response) =>
        await new HtmlParser().ParseDocumentAsync(await response.Content.ReadAsStringAsync());

    private static bool IsNamed(IElement field) =>
        field.HasAttribute("aria-label")
        || field.Closest("label") is not null
        || (field.Id is { } id && field.Owner!.QuerySelector($"label[for='{id}']") is not null);
}
