using System.Net;
using AngleSharp.Html.Dom;

namespace Ratchet.Hosting.Embedded.Tests.Dashboard;

/// <summary>The way in, over plain http as most people have it.</summary>
public sealed class LoginTests
{
    private static readonly string[] Pages =
        ["/", "/parameters", "/consolelogs", "/structuredlogs", "/traces", "/traces/detail/00000000000000000000000000000001", "/metrics", "/api/changes?of=traces", "/api/consolelogs"];

    [Fact]
    public async Task The_right_token_lets_in_for_three_days()
    {
        await using RunningDashboard dashboard = await RunningDashboard.StartAsync();

        using HttpResponseMessage answer = await dashboard.Http.GetAsync(new Uri($"/login?t={RunningDashboard.Token}", UriKind.Relative));

        Assert.Equal((HttpStatusCode.Redirect, "/"), (answer.StatusCode, answer.Headers.Location!.OriginalString));
        string cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"));
        Assert.Contains("max-age=259200", cookie, StringComparison.Ordinal);
        Assert.Contains("httponly", cookie, StringComparison.Ordinal);
        Assert.DoesNotContain("secure", cookie, StringComparison.Ordinal);
        Assert.DoesNotContain(RunningDashboard.Token, cookie, StringComparison.Ordinal);
        await dashboard.PageAsync("/");
    }

    [Theory]
    [InlineData("/login?t=wrong", true)]
    [InlineData("/login?t=", true)]
    [InlineData("/login?t=0123456789ABCDEF0123456789ABCDEF", true)]
    [InlineData("/login", false)]
    public async Task A_wrong_token_says_so_and_a_missing_one_asks_for_it(string path, bool isWrong)
    {
        await using RunningDashboard dashboard = await RunningDashboard.StartAsync();

        IHtmlDocument page = await dashboard.PageAsync(path);

        Assert.Equal(isWrong, page.QuerySelector("[role=alert]") is not null);
        Assert.NotNull(page.QuerySelector("form[action='/login'] input[name=t]"));
        using HttpResponseMessage still = await dashboard.Http.GetAsync(new Uri("/", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Redirect, still.StatusCode);
    }

    [Fact]
    public async Task A_stranger_sees_no_page_and_no_data()
    {
        await using RunningDashboard dashboard = await RunningDashboard.StartAsync();
        foreach (string page in Pages)
        {
            using HttpResponseMessage answer = await dashboard.Http.GetAsync(new Uri(page, UriKind.Relative));
            Assert.Equal((HttpStatusCode.Redirect, "/login"), (answer.StatusCode, answer.Headers.Location?.OriginalString));
        }

        using HttpResponseMessage data = await dashboard.Http.GetAsync(new Uri("/api/telemetry/traces", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Unauthorized, data.StatusCode);
    }

    [Fact]
    public async Task With_anonymous_access_allowed_nobody_is_asked()
    {
        await using RunningDashboard dashboard = await RunningDashboard.StartAsync(isAnonymousAllowed: true);

        await dashboard.PageAsync("/traces");
        using HttpResponseMessage delivery = await dashboard.PostAsync("traces", [], key: null);

        Assert.Equal(HttpStatusCode.OK, delivery.StatusCode);
    }

    [Fact]
    public async Task Another_sites_page_can_neither_read_nor_send()
    {
        await using RunningDashboard dashboard = await RunningDashboard.StartAsync();
        await dashboard.LogInAsync();

        using var rebound = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { Host = "evil.example" } };
        using HttpResponseMessage read = await dashboard.Http.SendAsync(rebound);
        using var form = new HttpRequestMessage(HttpMethod.Post, "/telemetry/clear") { Headers = { { "Origin", "http://evil.example" } } };
        using HttpResponseMessage sent = await dashboard.Http.SendAsync(form);

        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden), (read.StatusCode, sent.StatusCode));
    }

    [Fact]
    public async Task No_page_has_script_or_style_in_line()
    {
        await using RunningDashboard dashboard = await RunningDashboard.StartAsync();
        await dashboard.LogInAsync();
        await SampleTelemetry.SendAsync(dashboard);
        await SampleTelemetry.ShowResourcesAsync(dashboard);
        foreach (string path in Pages.Where(page => !page.StartsWith("/api", StringComparison.Ordinal) && !page.Contains("detail", StringComparison.Ordinal))
            .Append($"/traces/detail/{SampleTelemetry.Chat:x32}?span=0000000000000005"))
        {
            IHtmlDocument page = await dashboard.PageAsync(path);
            Assert.Empty(page.QuerySelectorAll("script:not([src]), style, [style], [onclick], [onchange], [onsubmit]"));
        }
    }
}
