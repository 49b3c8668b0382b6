using Microsoft.Playwright;

namespace Ratchet.Hosting.Embedded.Tests.Dashboard;

/// <summary>Every page as a person meets it, in Debian's chromium.</summary>
public sealed class BrowserTests
{
    private const string Browser = "/usr/bin/chromium";
    private const float PatienceMilliseconds = 120_000;

    private static readonly (string Name, string Path)[] Pages =
    [
        ("resources", "/"), ("resource", "/?resource=gateway"), ("parameters", "/parameters"), ("console", "/consolelogs"), ("logs", "/structuredlogs"),
        ("log", "/structuredlogs?level=Error&log=2"), ("traces", "/traces"), ("traces-filtered", "/traces?errors=1&f=http.route~adapters"),
        ("trace", $"/traces/detail/{SampleTelemetry.Chat:x32}"), ("span", $"/traces/detail/{SampleTelemetry.Chat:x32}?span=0000000000000005"), ("metrics", "/metrics"),
        ("metric", "/metrics/resource/inference/meter/Sample.Scope/instrument/ratchet.tokens.generated?by=adapter&last=1m"),
        ("histogram", "/metrics/resource/inference/meter/Sample.Scope/instrument/gen_ai.server.request.duration?last=1m"),
    ];

    [Theory]
    [InlineData(ColorScheme.Light, 1280, 800, "en")]
    [InlineData(ColorScheme.Dark, 1280, 800, "zh")]
    [InlineData(ColorScheme.Light, 390, 844, "zh")]
    [InlineData(ColorScheme.Dark, 390, 844, "en")]
    public async Task Every_page_opens_without_a_fault_and_fits_its_window(ColorScheme colors, int width, int height, string language)
    {
        await using RunningDashboard dashboard = await StartAsync();
        using IPlaywright playwright = await Playwright.CreateAsync();
        await using IBrowser browser = await LaunchAsync(playwright);
        IPage page = await browser.NewPageAsync(new() { ColorScheme = colors, ViewportSize = new() { Width = width, Height = height } });
        List<string> faults = Watch(page);
        await page.GotoAsync($"{dashboard.Address}login?t=wrong&lang={language}");
        await ScreenshotAsync(page, $"login-{colors}-{width}");
        await page.GotoAsync($"{dashboard.Address}login?t={RunningDashboard.Token}");

        foreach ((string name, string path) in Pages)
        {
            await page.GotoAsync(new Uri(dashboard.Address, path).ToString());
            await page.Locator("h1").WaitForAsync();
            await ScreenshotAsync(page, $"{name}-{colors}-{width}");
            int over = await page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
            Assert.True(over == 0, $"{path} is {over} px wider than its window of {width} px.");
        }

        Assert.Empty(faults);
    }

    [Fact]
    public async Task A_chats_trace_is_opened_from_the_list_and_folded()
    {
        await using RunningDashboard dashboard = await StartAsync();
        using IPlaywright playwright = await Playwright.CreateAsync();
        await using IBrowser browser = await LaunchAsync(playwright);
        IPage page = await browser.NewPageAsync();
        List<string> faults = Watch(page);
        await page.GotoAsync($"{dashboard.Address}login?t={RunningDashboard.Token}");

        // The keys of Aspire's dashboard.
        await PressAsync(page, "t", patience => page.WaitForURLAsync("**/traces", new() { Timeout = patience }));
        await page.GetByRole(AriaRole.Link, new() { Name = "gateway: POST /v1/chat/completions" }).ClickAsync();
        await page.WaitForURLAsync("**/traces/detail/*");
        Assert.Equal(5, await page.Locator("[data-waterfall] tbody tr:visible").CountAsync());

        await page.Locator("[data-fold]").First.ClickAsync();
        Assert.Equal(1, await page.Locator("[data-waterfall] tbody tr:visible").CountAsync());
        await page.Locator("[data-fold]").First.ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "gateway chat smollm2" }).ClickAsync();
        await page.Locator("section.panel").WaitForAsync();
        Assert.Contains("gen_ai.usage.output_tokens", await page.Locator("section.panel").InnerTextAsync(), StringComparison.Ordinal);

        await PressAsync(page, "?", patience => page.Locator("dialog[open]").WaitForAsync(new() { Timeout = patience }));
        Assert.Empty(faults);
    }

    [Fact]
    public async Task A_page_that_is_looked_at_shows_what_comes_and_keeps_still_while_paused()
    {
        await using RunningDashboard dashboard = await StartAsync();
        using IPlaywright playwright = await Playwright.CreateAsync();
        await using IBrowser browser = await LaunchAsync(playwright);
        IPage page = await browser.NewPageAsync();
        List<string> faults = Watch(page);
        await page.GotoAsync($"{dashboard.Address}login?t={RunningDashboard.Token}");
        await page.GotoAsync($"{dashboard.Address}traces");

        await SampleTelemetry.PostAsync(dashboard, "traces", Requests.Traces("late", Requests.Span(0xC3, 1, "came while looking")));
        await page.GetByText("came while looking").WaitForAsync();

        await page.Locator("[data-pause]").CheckAsync();
        await SampleTelemetry.PostAsync(dashboard, "traces", Requests.Traces("late", Requests.Span(0xC4, 1, "came while paused")));
        await page.WaitForTimeoutAsync(2_500);
        Assert.Equal(0, await page.GetByText("came while paused").CountAsync());
        await page.Locator("[data-pause]").UncheckAsync();
        await page.GetByText("came while paused").WaitForAsync();

        await page.GotoAsync($"{dashboard.Address}consolelogs");
        dashboard.Logs.Append("rag", "\u001b[36mcame while looking\u001b[0m", isErrorMessage: false);
        await page.Locator(".console i.fg6", new() { HasText = "came while looking" }).WaitForAsync();
        await page.FillAsync("[data-console-filter]", "trainer");
        Assert.Equal(1, await page.Locator(".console li:visible").CountAsync());
        Assert.Empty(faults);
    }

    private static async Task<RunningDashboard> StartAsync()
    {
        if (!File.Exists(Browser) && Environment.GetEnvironmentVariable("CI") is null)
        {
            Assert.Skip($"{Browser} is not there; `apt-get install chromium` brings it. On a build machine this test would fail.");
        }

        RunningDashboard dashboard = await RunningDashboard.StartAsync();
        await SampleTelemetry.SendAsync(dashboard);
        await SampleTelemetry.ShowResourcesAsync(dashboard);
        return dashboard;
    }

    // A browser drops keys that come before it has painted the page for the first time; a person presses again.
    private static async Task PressAsync(IPage page, string key, Func<float, Task> waitAsync)
    {
        const float Again = 5_000;
        for (float waited = 0; ; waited += Again)
        {
            await page.Keyboard.PressAsync(key);
            try
            {
                await waitAsync(Again);
                return;
            }
            catch (TimeoutException) when (waited < PatienceMilliseconds)
            {
            }
        }
    }

    private static Task<IBrowser> LaunchAsync(IPlaywright playwright) =>
        playwright.Chromium.LaunchAsync(new() { ExecutablePath = Browser, Args = ["--no-sandbox"] });

    private static List<string> Watch(IPage page)
    {
        page.SetDefaultTimeout(PatienceMilliseconds);
        var faults = new List<string>();
        page.PageError += (_, fault) => faults.Add(fault);
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
            {
                faults.Add(message.Text);
            }
        };
        return faults;
    }

    private static async Task ScreenshotAsync(IPage page, string name)
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "screenshots");
        Directory.CreateDirectory(folder);
        await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}.png"), FullPage = true });
    }
}
